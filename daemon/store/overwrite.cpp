// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/overwrite.hpp"

#include "daemon/store/files.hpp"
#include "proto/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

Status write_at(const Fd& fd, const NewBytes& part, const std::string& path) {
  std::size_t done = 0;
  while (done < part.bytes.size()) {
    const ssize_t n = ::pwrite(fd.get(), part.bytes.data() + done, part.bytes.size() - done,
                               static_cast<off_t>(part.offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(errno_error(path));
    done += static_cast<std::size_t>(n);
  }
  return Ok{};
}

Expected<FileStamp> copy_over(const std::string& path, const FileStamp& expected,
                              std::span<const NewBytes> parts, const Wanted& wanted) {
  auto file = read_whole(path);
  if (!file)
    return file.forward_error();
  if (!(file->stamp == expected))
    return unexpected(ErrorKind::file_moved, path + ": changed since the plan");
  for (const auto& part : parts)
    std::ranges::copy(part.bytes, file->bytes.begin() + static_cast<std::ptrdiff_t>(part.offset));
  if (auto replaced = replace_file(path, file->bytes, wanted); !replaced)
    return replaced.forward_error();
  return stamp_of(path);
}

} // namespace

Expected<FileStamp> overwrite(const std::string& path, const FileStamp& expected,
                              std::span<const NewBytes> parts, Overwrite how,
                              const Wanted& wanted) {
  for (const auto& part : parts)
    if (part.offset > expected.size || part.bytes.size() > expected.size - part.offset)
      return unexpected(ErrorKind::malformed, path + ": bytes beyond the end of the file");
  if (how == Overwrite::by_rename)
    return copy_over(path, expected, parts, wanted);
  auto fd = open_fd(path, O_RDWR);
  struct stat st {};
  if (!fd || ::fstat(fd->get(), &st) != 0 || st.st_nlink != 1)
    return copy_over(path, expected, parts, wanted);
  auto before = stamp_of(*fd, path);
  if (!before)
    return before;
  if (!(*before == expected))
    return unexpected(ErrorKind::file_moved, path + ": changed since the plan");
  for (const auto& part : parts)
    if (auto written = write_at(*fd, part, path); !written)
      return written.forward_error();
  return stamp_of(*fd, path);
}

Status sync_file(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  if (::fdatasync(fd->get()) != 0)
    return unexpected(errno_error(path));
  return Ok{};
}

} // namespace kbtf
