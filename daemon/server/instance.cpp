// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/instance.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

namespace kbtf {

Expected<Fd> socket_from_systemd() {
  constexpr int k_unset_environment = 1;
  constexpr int k_listening = 1;
  if (::sd_listen_fds(k_unset_environment) < 1)
    return Fd();
  if (::sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, k_listening, nullptr, 0) <= 0)
    return unexpected(ErrorKind::unsupported, "descriptor " + std::to_string(SD_LISTEN_FDS_START) +
                                                  " is not a listening Unix stream socket");
  return Fd(SD_LISTEN_FDS_START);
}

void reset_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
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
  if (foreground == Foreground::no)
    ::setsid(); // fails only for a group leader, which is detached enough
  return Ok{};
}

Status drop_streams() {
  auto null = open_fd("/dev/null", O_RDWR);
  if (!null)
    return null.forward_error();
  for (int stream = 0; stream <= 2; ++stream)
    if (::dup2(null->get(), stream) < 0)
      return unexpected(errno_error("/dev/null"));
  return Ok{};
}

} // namespace kbtf
