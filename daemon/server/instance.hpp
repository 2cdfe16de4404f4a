// SPDX-License-Identifier: GPL-2.0-only
// What makes the process a daemon: the socket that systemd may pass in, and its detachment from
// whoever started it. (That it is the only one of its runtime directory: util/lock_file.hpp.)
// Blocking; called before any thread exists, unless a function says otherwise.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <string>

namespace kbtf {

// The socket that systemd passes in (sd_listen_fds(3), LISTEN_FDS; the first if there are more), or
// an empty Fd. Clears those variables. Errors: unsupported when it is no listening Unix socket.
[[nodiscard]] Expected<Fd> socket_from_systemd();

// Gives signals the meaning that the daemon counts on, whatever its starter blocked or ignored:
// with SIGTERM blocked it could not be stopped, with SIGCHLD ignored it could not wait for its
// children. SIGPIPE is ignored.
void reset_signals();

// Closes every descriptor above 2 except `keep`: a jobserver pipe or a make's output that a
// daemon holds open hangs the build that started it.
void close_other_descriptors(const Fd& keep);

// Leaves the caller's directory (for /) and, unless `foreground`, session, sets umask 077 and
// clears the variables by which a make would speak to its children, and LD_LIBRARY_PATH. Errors:
// not_found, io.
enum class Foreground { no, yes };
[[nodiscard]] Status detach(Foreground foreground);

// Points standard streams at /dev/null: once all is there that can fail, so that whoever started
// the daemon gets to read why it did not start. Any time. Errors: io, not_found.
[[nodiscard]] Status drop_streams();

} // namespace kbtf
