// SPDX-License-Identifier: GPL-2.0-only
// Who we are and whose a file or a peer is, as the kernel has it. libc cannot be asked: under
// fakeroot(1) a preloaded library answers 0 to getuid() and gives files to root, so that the same
// user would be somebody else inside and outside of it. Inside a user namespace the kernel's own
// answers agree with each other, which is all that is needed. Any thread.
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

// Of the file itself, if it is a symbolic link: statx(2), called past libc. Errors: not_found, io.
[[nodiscard]] Expected<FileOwner> owner_of(const std::string& path);

struct Peer {
  pid_t pid; // who connected, or called listen(2)
  bool is_trusted;
};

// Who is at the other end of a Unix socket (SO_PEERCRED). Trusted are our own user and root.
// Errors: io.
[[nodiscard]] Expected<Peer> peer_of(int socket);

} // namespace kbtf
