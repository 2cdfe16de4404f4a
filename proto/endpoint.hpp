// SPDX-License-Identifier: GPL-2.0-only
// Where the two programs meet: the runtime directory with the socket and the lock, the state
// directory, the cache directory. Both programs call these functions, so that they agree.
// Names only: opens nothing but make_private_dir(). Reads the environment, so any thread may call
// as long as none changes it. Values that are not absolute are ignored, as the XDG base directory
// specification demands. docs/state-format.md, "Directories", says what is in them.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Runtime directory, in this order: KBTF_RUNTIME_DIR; kbtf in XDG_RUNTIME_DIR, if that exists;
// kbtf in /run/user/UID, if that exists; /tmp/kbtf-UID. Nothing is created. A client that lost its
// environment (env -i) thus still finds the daemon of a logged-in user.
[[nodiscard]] std::string runtime_dir();

// State directory (records): KBTF_STATE_DIR; kbtf in XDG_STATE_HOME; ~/.local/state/kbtf;
// /var/tmp/kbtf-UID when there is no home.
[[nodiscard]] std::string state_dir();

// Cache directory, for which nothing is written yet: KBTF_CACHE_DIR; kbtf in XDG_CACHE_HOME;
// ~/.cache/kbtf; /var/tmp/kbtf-cache-UID.
[[nodiscard]] std::string cache_dir();

// In the runtime directory: the daemon's socket, and the lock that its one instance holds.
[[nodiscard]] std::string socket_path();
[[nodiscard]] std::string lock_path();

// Creates `dir` and its parents with mode 0700, or checks the directory that is there: it must be
// ours, no symbolic link, and nobody else may have leave to write to it, since a directory in /tmp
// could be somebody's trap. One that others can only enter or read gets mode 0700 if it is empty;
// if not, it is in use for something else, too, and stays as it is. Errors: refused (a link, a
// file, another user's, writable by others), io, no_space, not_found.
[[nodiscard]] Status make_private_dir(const std::string& dir);

} // namespace kbtf
