// SPDX-License-Identifier: GPL-2.0-only
// What makes the process a daemon: the socket that systemd may pass in, and detaching from whoever
// started it. (util/lock_file.hpp makes it the only one of its runtime directory.) Blocking; call
// before any thread exists, unless a function says otherwise.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <string>

namespace kbtf {

// Returns the socket that systemd passes in (sd_listen_fds(3), LISTEN_FDS; the first if there are
// several), or an empty Fd. Clears those variables. Errors: unsupported (not a listening Unix
// socket).
[[nodiscard]] Expected<Fd> socket_from_systemd();

// Resets signals to what the daemon relies on, whatever its starter blocked or ignored. With
// SIGTERM blocked it could not be stopped; with SIGCHLD ignored it could not wait for its children.
// Ignores SIGPIPE.
void reset_signals();

// Closes every descriptor above 2 except `keep`: if a daemon holds a jobserver pipe or make's
// output open, the build that started it hangs.
void close_other_descriptors(const Fd& keep);

enum class Foreground { no, yes };
// Changes to /, sets umask 077, and clears LD_LIBRARY_PATH and the variables by which a make speaks
// to its children. Unless `foreground`, also leaves the session. Errors: not_found, io.
[[nodiscard]] Status detach(Foreground foreground);

// Redirects the standard streams to /dev/null. Call once all that can fail is done, so that whoever
// started the daemon can read why it did not start. Threads may exist. Errors: io, not_found.
[[nodiscard]] Status drop_streams();

} // namespace kbtf
