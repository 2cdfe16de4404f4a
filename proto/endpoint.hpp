// SPDX-License-Identifier: GPL-2.0-only
// Where the two programs meet: the runtime directory with the socket and the lock, the state
// directory, the cache directory. Both programs call these functions, so they agree. Names only,
// opens nothing. Reads the environment, so any thread may call as long as none changes it. Ignores
// values that are not absolute, as the XDG base directory specification requires.
// docs/state-format.md, "Directories", describes the contents.
#pragma once

#include <string>

namespace kbtf {

// Runtime directory, in this order: KBTF_RUNTIME_DIR; kbtf in XDG_RUNTIME_DIR, if that exists; kbtf
// in /run/user/UID, if that exists; /tmp/kbtf-UID. Creates nothing. So a client that lost its
// environment (env -i) still finds the daemon of a logged-in user.
[[nodiscard]] std::string runtime_dir();

// State directory (records): KBTF_STATE_DIR; kbtf in XDG_STATE_HOME; ~/.local/state/kbtf;
// /var/tmp/kbtf-UID if there is no home.
[[nodiscard]] std::string state_dir();

// Cache directory, unused so far: KBTF_CACHE_DIR; kbtf in XDG_CACHE_HOME; ~/.cache/kbtf;
// /var/tmp/kbtf-cache-UID.
[[nodiscard]] std::string cache_dir();

// In the runtime directory: the daemon's socket, and the lock that its single instance holds.
[[nodiscard]] std::string socket_path();
[[nodiscard]] std::string lock_path();

} // namespace kbtf
