// SPDX-License-Identifier: GPL-2.0-only
// Starts kbtfd for the verbs that may do so (only make and start). One spawner at a time, under a
// file lock; the loser finds the winner's daemon. Returns when the daemon has sent its greeting, or
// has ended, or after about 5 seconds. The daemon outlives this process and inherits none of its
// standard streams; what it prints before it serves becomes part of the error. It does not inherit
// the libraries and variables of fakeroot(1) and the like either.
#pragma once

#include "client/connection.hpp"
#include "util/error.hpp"

#include <optional>
#include <string>

namespace kbtf {

// Connects to the running daemon, or starts one and connects. Passes on `idle_exit`, in seconds.
// Errors: as Connection::open(), and refused for a daemon that did not start, with its status or
// signal and its reason. Leaves a hung or older daemon alone.
[[nodiscard]] Expected<Connection> ensure_daemon(const std::optional<std::string>& idle_exit = {});

} // namespace kbtf
