// SPDX-License-Identifier: GPL-2.0-only
// Where the two programs meet: the runtime directory with the socket and the lock, the state
// directory, the cache directory. Both programs call these functions, so that they agree.
// Names only, opens nothing. Reads the environment, so any thread may call
// as long as none changes it. Values that are not absolute are ignored, as the XDG base directory
// specification demands. docs/state-format.md, "Directories", says what is in them.
#pragma once

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

} // namespace kbtf
