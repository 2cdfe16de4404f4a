// SPDX-License-Identifier: GPL-2.0-only
#include "util/own_user.hpp"

#include "util/fd.hpp"

#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kbtf {
namespace {

Expected<ucred> credentials(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return unexpected(errno_error("SO_PEERCRED"));
  return peer;
}

} // namespace

uid_t own_uid() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
    const Fd one(ends[0]);
    const Fd other(ends[1]);
    if (const auto self = credentials(one.get()))
      return self->uid;
  }
  return static_cast<uid_t>(::syscall(SYS_geteuid)); // no descriptor available
}

Expected<FileOwner> owner_of(const std::string& path) {
  struct statx stx {};
  if (::syscall(SYS_statx, AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW,
                STATX_TYPE | STATX_MODE | STATX_UID, &stx) != 0)
    return unexpected(errno_error(path));
  return FileOwner{stx.stx_uid, stx.stx_mode};
}

Expected<Peer> peer_of(int socket) {
  const auto peer = credentials(socket);
  if (!peer)
    return peer.forward_error();
  return Peer{peer->pid, peer->uid == own_uid() || peer->uid == 0};
}

} // namespace kbtf
