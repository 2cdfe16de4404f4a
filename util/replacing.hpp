// SPDX-License-Identifier: GPL-2.0-only
// How a daemon and a client that has given up on it avoid a conflict over one .ko. The daemon
// replaces the .ko by renaming a temporary over it. A daemon that was stopped in the middle
// continues seconds later, when the client has long linked the module itself: the late rename would
// overwrite that. So
//
//   client:  closes the connection; removes the temporary; links
//   daemon:  finishes the temporary; sees that the connection is still open; renames
//
// Either the daemon checks after the close and leaves the .ko alone; or its temporary existed
// before the client removed it, and the rename fails, or happened before the link.
#pragma once

#include "util/fd.hpp"

#include <string>

namespace kbtf {

// The temporary for `path`, beside it: ".NAME.kbtf". For a .ko, Kbuild's "make clean" removes it
// ("*.ko.*") and git ignores it in a kernel tree (".*").
[[nodiscard]] std::string temporary_for(const std::string& path);

// Whether the process at the other end of a stream socket still has it open (poll(2), POLLRDHUP).
// False for an empty Fd. Any thread.
[[nodiscard]] bool is_peer_there(const Fd& socket);

} // namespace kbtf
