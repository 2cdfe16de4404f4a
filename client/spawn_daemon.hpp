// SPDX-License-Identifier: GPL-2.0-only
// Starts kbtfd where a verb may do that (make, start; no other). One spawner at a time, under a
// file lock; the loser finds the winner's daemon. Returns when the daemon has sent its greeting, or
// has ended, or after about 5 seconds. The daemon outlives this process and gets none of its
// standard streams; what it says before it serves becomes part of the error. Nor does it get the
// libraries and variables that a fakeroot(1) or the like puts into this process.
#pragma once

#include "client/connection.hpp"
#include "util/error.hpp"

#include <optional>
#include <string>

namespace kbtf {

// Connects to the running daemon, or starts one and connects. `idle_exit` is passed on, in
// seconds. Errors: as Connection::open(), and refused for a daemon that did not start, with its
// status or signal and the reason that it gave; a hung or older daemon is left alone.
[[nodiscard]] Expected<Connection> ensure_daemon(const std::optional<std::string>& idle_exit = {});

} // namespace kbtf
