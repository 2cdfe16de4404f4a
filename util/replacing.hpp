// SPDX-License-Identifier: GPL-2.0-only
// How a daemon and a client that has given it up stay out of each other's way at one .ko. The
// daemon replaces it by renaming a temporary over it. A daemon that was stopped in the middle goes
// on seconds later, when the client has long linked the module itself: the late rename would take
// that away. So
//
//   client:  closes the connection; removes the temporary; links
//   daemon:  finishes the temporary; sees that the connection is still open; renames
//
// Either the daemon looks after the close and leaves the .ko alone, or its temporary was there
// before the client removed it: then the rename fails, or it happened before the link.
#pragma once

#include "util/fd.hpp"

#include <string>

namespace kbtf {

// The temporary for `path`, beside it: ".NAME.kbtf", which Kbuild's "make clean" removes for a .ko
// ("*.ko.*") and git ignores in a kernel tree (".*").
[[nodiscard]] std::string temporary_for(const std::string& path);

// Whether the process at the other end of a stream socket still has it open (poll(2), POLLRDHUP).
// False also for an Fd that is none. Any thread.
[[nodiscard]] bool is_peer_there(const Fd& socket);

} // namespace kbtf
