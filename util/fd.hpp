// SPDX-License-Identifier: GPL-2.0-only
// Owner of one file descriptor, with whole-buffer reads and writes on it. Does not care what the
// descriptor is. Move-only; closes on destruction. Blocking calls; one owner, one thread at a time.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace kbtf {

class Fd {
public:
  Fd() = default;
  explicit Fd(int fd) : m_fd(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd(Fd&& other) noexcept : m_fd(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  [[nodiscard]] explicit operator bool() const { return m_fd >= 0; }
  [[nodiscard]] int get() const { return m_fd; }
  // Gives up ownership; the caller closes.
  [[nodiscard]] int release();
  void reset();

private:
  int m_fd = -1;
};

static_assert(!std::is_copy_constructible_v<Fd>);

// Opens with O_CLOEXEC added to `flags`; `mode` (before umask) matters with O_CREAT. The error's
// text has the path. Errors: not_found, io.
[[nodiscard]] Expected<Fd> open_fd(const std::string& path, int flags, unsigned mode = 0);

// Writes all of `data`, retrying on EINTR and short writes. `what` goes into the error's text.
// Errors: io; part of `data` may then have been written.
[[nodiscard]] Status write_all(const Fd& fd, std::span<const std::byte> data,
                               const std::string& what);

// Reads until `buffer` is full or the file ends, retrying on EINTR and short reads, and returns the
// number of bytes. `what` goes into the error's text. Errors: io.
[[nodiscard]] Expected<std::size_t> read_up_to(const Fd& fd, std::span<std::byte> buffer,
                                               const std::string& what);
// The same starting at `offset`, whatever the descriptor's position (pread(2)).
[[nodiscard]] Expected<std::size_t> read_at(const Fd& fd, std::span<std::byte> buffer,
                                            std::uint64_t offset, const std::string& what);

// The first `size` bytes as read by read_at(), or all if there are fewer.
[[nodiscard]] Expected<std::string> beginning_of(const Fd& fd, std::size_t size,
                                                 const std::string& what);

// Reads a whole file: small text (settings, makefiles' lists) or bytes. Errors: malformed if it has
// more than `limit` bytes, not_found, io.
[[nodiscard]] Expected<std::string> read_file(const std::string& path, std::size_t limit);
[[nodiscard]] Expected<std::vector<std::byte>> read_bytes(const std::string& path,
                                                          std::size_t limit);

} // namespace kbtf
