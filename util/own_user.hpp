// SPDX-License-Identifier: GPL-2.0-only
// Who we are and who owns a file or a peer, according to the kernel. We cannot ask libc: under
// fakeroot(1) a preloaded library answers 0 to getuid() and shows files as root's, so the same user
// would be another one inside and outside of it. In a user namespace the kernel's answers agree
// with each other, which is all we need. Any thread.
#pragma once

#include "util/error.hpp"

#include <string>
#include <sys/types.h>

namespace kbtf {

// Our effective user: SO_PEERCRED of a socketpair (unix(7)).
[[nodiscard]] uid_t own_uid();

struct FileOwner {
  uid_t uid;
  mode_t mode; // type and permissions, as st_mode
};

// Does not follow a symbolic link: statx(2), bypassing libc. Errors: not_found, io.
[[nodiscard]] Expected<FileOwner> owner_of(const std::string& path);

struct Peer {
  pid_t pid; // who connected, or called listen(2)
  bool is_trusted;
};

// The process at the other end of a Unix socket (SO_PEERCRED). Our own user and root are trusted.
// Errors: io.
[[nodiscard]] Expected<Peer> peer_of(int socket);

} // namespace kbtf
