// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/instance.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

namespace kbtf {

Expected<Fd> take_lock(const std::string& path) {
  auto fd = open_fd(path, O_RDWR | O_CREAT, 0600);
  if (!fd)
    return fd;
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno == EWOULDBLOCK)
    return unexpected(ErrorKind::refused, path + ": another kbtfd holds it");
  return unexpected(errno_error(path));
}

Fd socket_from_systemd() {
  constexpr int k_unset_environment = 1;
  if (::sd_listen_fds(k_unset_environment) < 1)
    return {};
  return Fd(SD_LISTEN_FDS_START);
}

void close_other_descriptors(const Fd& keep) {
  const auto kept = static_cast<unsigned>(keep ? keep.get() : 2);
  if (kept > 3)
    ::close_range(3, kept - 1, 0);
  ::close_range(std::max(kept + 1, 3u), ~0u, 0);
}

Status detach(Foreground foreground) {
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES", "GNUMAKEFLAGS",
                           "MAKEOVERRIDES", "LD_LIBRARY_PATH"})
    ::unsetenv(name);
  ::umask(077);
  if (::chdir("/") != 0)
    return unexpected(errno_error("/"));
  if (foreground == Foreground::yes)
    return Ok{};
  ::setsid(); // fails only for a group leader, which is detached enough
  auto null = open_fd("/dev/null", O_RDWR);
  if (!null)
    return null.forward_error();
  for (int stream = 0; stream <= 2; ++stream)
    if (::dup2(null->get(), stream) < 0)
      return unexpected(errno_error("/dev/null"));
  return Ok{};
}

} // namespace kbtf
