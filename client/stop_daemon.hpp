// SPDX-License-Identifier: GPL-2.0-only
// Ends the daemon of this runtime directory, whether it answers or not: asks it, and if that fails
// sends SIGTERM, and 3 s later SIGKILL, to the holder of the directory's lock. Signals a process
// only through a pidfd, opened before checking the lock and /proc/PID: the process must be named
// kbtfd and have the lock file open. The next build repairs any state that this leaves. Blocking;
// one thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Returns one line that says what was done, or that no daemon runs (nobody holds the lock). Errors:
// io (it does not exit), refused (the holder is unknown, or not ours to end).
[[nodiscard]] Expected<std::string> stop_daemon();

} // namespace kbtf
