// SPDX-License-Identifier: GPL-2.0-only
#include "util/replacing.hpp"

#include <cerrno>
#include <poll.h>

namespace kbtf {

std::string temporary_for(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".kbtf";
}

bool is_peer_there(const Fd& socket) {
  if (!socket)
    return false;
  pollfd poll{socket.get(), POLLRDHUP, 0};
  int n = 0;
  do {
    n = ::poll(&poll, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n == 0;
}

} // namespace kbtf
