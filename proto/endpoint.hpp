// SPDX-License-Identifier: GPL-2.0-only
// Where the two programs meet: the runtime directory with the socket and the lock, the state
// directory, the cache directory. Both programs call these functions, so that they agree.
#pragma once

#include "proto/error.hpp"

#include <string>

namespace kbtf {

// Runtime directory, in this order: KBTF_RUNTIME_DIR; kbtf in XDG_RUNTIME_DIR; kbtf in
// /run/user/UID; /tmp/kbtf-UID. The first whose parent exists; nothing is created. A client that
// lost its environment (sudo, env -i) thus still finds the daemon of a logged-in user.
[[nodiscard]] std::string runtime_dir();

// State directory (records): KBTF_STATE_DIR; kbtf in XDG_STATE_HOME; ~/.local/state/kbtf;
// /var/tmp/kbtf-UID when there is no home.
[[nodiscard]] std::string state_dir();

// Cache directory: KBTF_CACHE_DIR; kbtf in XDG_CACHE_HOME; ~/.cache/kbtf; /var/tmp/kbtf-cache-UID.
[[nodiscard]] std::string cache_dir();

[[nodiscard]] std::string socket_path();
[[nodiscard]] std::string lock_path();

// Creates `dir` and its parents with mode 0700 and checks that it is a directory of ours that
// nobody else can write to; a directory in /tmp could be somebody's trap. Errors: refused, io.
[[nodiscard]] Status make_private_dir(const std::string& dir);

} // namespace kbtf
