// SPDX-License-Identifier: GPL-2.0-only
#include "util/fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace kbtf {
namespace {

// Calls read_some(rest of the buffer, bytes already in it), which returns as read(2) does.
template <typename ReadSome>
Expected<std::size_t> fill(std::span<std::byte> buffer, const std::string& what,
                           ReadSome&& read_some) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = read_some(buffer.subspan(done), done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(errno_error(what));
    if (n == 0)
      break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

template <typename Bytes> Expected<Bytes> read_all(const std::string& path, std::size_t limit) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  Bytes bytes;
  std::vector<std::byte> piece(65536);
  for (;;) {
    const auto n = read_up_to(*fd, piece, path);
    if (!n)
      return n.forward_error();
    if (*n == 0)
      return bytes;
    const auto* const begin = reinterpret_cast<const typename Bytes::value_type*>(piece.data());
    bytes.insert(bytes.end(), begin, begin + *n);
    if (bytes.size() > limit)
      return unexpected(ErrorKind::malformed,
                        path + ": larger than " + std::to_string(limit) + " bytes");
  }
}

} // namespace

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

Expected<std::size_t> read_up_to(const Fd& fd, std::span<std::byte> buffer,
                                 const std::string& what) {
  return fill(buffer, what, [&fd](std::span<std::byte> rest, std::size_t) {
    return ::read(fd.get(), rest.data(), rest.size());
  });
}

Expected<std::size_t> read_at(const Fd& fd, std::span<std::byte> buffer, std::uint64_t offset,
                              const std::string& what) {
  return fill(buffer, what, [&fd, offset](std::span<std::byte> rest, std::size_t done) {
    return ::pread(fd.get(), rest.data(), rest.size(), static_cast<off_t>(offset + done));
  });
}

Expected<std::string> beginning_of(const Fd& fd, std::size_t size, const std::string& what) {
  std::string text(size, '\0');
  const auto got = read_at(fd, std::as_writable_bytes(std::span(text)), 0, what);
  if (!got)
    return got.forward_error();
  text.resize(*got);
  return text;
}

Expected<std::string> read_file(const std::string& path, std::size_t limit) {
  return read_all<std::string>(path, limit);
}

Expected<std::vector<std::byte>> read_bytes(const std::string& path, std::size_t limit) {
  return read_all<std::vector<std::byte>>(path, limit);
}

} // namespace kbtf
