// SPDX-License-Identifier: GPL-2.0-only
#include "util/fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace kbtf {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    m_fd = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(m_fd, -1);
}

void Fd::reset() {
  // On Linux the descriptor is gone even when close reports EINTR: never retry.
  if (m_fd >= 0)
    ::close(std::exchange(m_fd, -1));
}

Expected<Fd> open_fd(const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return unexpected(errno_error(path));
  return Fd(fd);
}

Status write_all(const Fd& fd, std::span<const std::byte> data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd.get(), data.data(), data.size());
    if (n < 0) {
      if (errno == EINTR)
        continue;
      return unexpected(errno_error(what));
    }
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return Ok{};
}

Expected<std::string> read_file(const std::string& path, std::size_t limit) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd->get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(errno_error(path));
    if (n == 0)
      return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > limit)
      return unexpected(ErrorKind::malformed,
                        path + ": larger than " + std::to_string(limit) + " bytes");
  }
}

} // namespace kbtf
