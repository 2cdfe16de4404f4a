// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/files.hpp"

#include "util/old_time.hpp"
#include "util/replacing.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace kbtf {
namespace {

Status copy_bytes(const Fd& from, const Fd& to, const std::string& name) {
  std::vector<std::byte> buffer(1 << 20);
  for (;;) {
    const auto n = read_up_to(from, buffer, name);
    if (!n)
      return n.forward_error();
    if (*n == 0)
      return Ok{};
    if (auto written = write_all(to, std::span(buffer).first(*n), name); !written)
      return written;
  }
}

Status copy_content(const Fd& from, const Fd& to, const std::string& name) {
  if (::ioctl(to.get(), FICLONE, from.get()) == 0)
    return Ok{};
  constexpr std::size_t k_piece = std::size_t{1} << 30;
  for (bool first = true;; first = false) {
    const ssize_t n = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, k_piece, 0);
    if (n > 0 || (n < 0 && errno == EINTR))
      continue;
    if (n == 0 && !first)
      return Ok{};
    // Not supported between these file systems, or a file that claims to be empty (FUSE, proc).
    if (n == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
      return copy_bytes(from, to, name);
    return unexpected(errno_error(name));
  }
}

// Reading a device never ends, and a sparse file may be practically endless.
Status check_file(const Fd& fd, const std::string& name) {
  const auto stamp = stamp_of(fd, name);
  if (!stamp)
    return stamp.forward_error();
  if (stamp->size > k_max_file)
    return unexpected(ErrorKind::unsupported,
                      name + ": " + std::to_string(stamp->size) + " bytes are too many");
  return Ok{};
}

} // namespace

Expected<StampedBytes> read_whole(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY | O_NONBLOCK); // a FIFO would wait for a writer
  if (!fd)
    return fd.forward_error();
  if (auto regular = check_file(*fd, path); !regular)
    return regular.forward_error();
  auto before = stamp_of(*fd, path);
  if (!before)
    return before.forward_error();
  StampedBytes file{std::vector<std::byte>(before->size), *before};
  const auto size = read_up_to(*fd, file.bytes, path);
  if (!size)
    return size.forward_error();
  auto after = stamp_of(*fd, path);
  if (!after || !(*before == *after) || *size != file.bytes.size())
    return unexpected(ErrorKind::file_moved, path + ": changed while it was read");
  return file;
}

Status copy_file(const std::string& from, const std::string& to) {
  auto source = open_fd(from, O_RDONLY | O_NONBLOCK);
  if (!source)
    return source.forward_error();
  if (auto regular = check_file(*source, from); !regular)
    return regular;
  auto target = open_fd(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!target)
    return target.forward_error();
  auto copied = copy_content(*source, *target, to);
  if (!copied)
    ::unlink(to.c_str());
  return copied;
}

Status replace_file(const std::string& path, std::span<const std::byte> bytes, NewTime time,
                    const Wanted& wanted) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0)
    return unexpected(errno_error(path));
  const std::string temporary = temporary_for(path);
  ::unlink(temporary.c_str()); // left by a crash
  auto fd = open_fd(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!fd)
    return fd.forward_error();
  Status result = write_all(*fd, bytes, temporary);
  if (result && ::fchmod(fd->get(), st.st_mode & 07777) != 0)
    result = unexpected(errno_error(temporary));
  if (result && time == NewTime::old)
    result = set_old_time(*fd, temporary);
  fd->reset();
  if (result && wanted && !wanted())
    result = unexpected(ErrorKind::file_moved, path + ": whoever wanted it replaced is gone");
  if (result && ::rename(temporary.c_str(), path.c_str()) != 0)
    result = unexpected(errno_error(path));
  if (!result)
    ::unlink(temporary.c_str());
  return result;
}

} // namespace kbtf
