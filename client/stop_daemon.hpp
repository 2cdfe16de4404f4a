// SPDX-License-Identifier: GPL-2.0-only
// Ends the daemon of this runtime directory, whether it answers or not: asks it, and if that does
// not help sends SIGTERM, and SIGKILL 3 s later, to whoever holds the directory's lock. A process
// is signalled only through a pidfd, opened before the lock and /proc/PID were looked at: it must
// be named kbtfd and have the lock's file open. Every state that this leaves is one that the next
// build mends. Blocking; one thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Returns one line that says what was done, or that no daemon runs: nobody holds the lock. Errors:
// io (it does not end), refused (the holder is not known, or not ours to end).
[[nodiscard]] Expected<std::string> stop_daemon();

} // namespace kbtf
