// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/overwrite.hpp"

#include "daemon/store/files.hpp"
#include "util/fd.hpp"
#include "util/old_time.hpp"
#include "util/replacing.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
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

bool is_expected(const OverwriteTarget& target, const FileStamp& now) {
  if (target.is_settled && now == target.expected)
    return true;
  return now.size == target.expected.size && target.confirm && target.confirm(now);
}

Unexpected has_changed(const std::string& path) {
  return unexpected(ErrorKind::file_moved, path + ": changed since the plan");
}

Expected<Overwritten> copy_over(const OverwriteTarget& target, std::span<const NewBytes> parts,
                                const Wanted& wanted) {
  const std::string& path = target.path;
  auto file = read_whole(path);
  if (!file)
    return file.forward_error();
  if (!is_expected(target, file->stamp))
    return has_changed(path);
  for (const auto& part : parts)
    std::ranges::copy(part.bytes, file->bytes.begin() + static_cast<std::ptrdiff_t>(part.offset));
  if (auto replaced = replace_file(path, file->bytes, NewTime::present, wanted); !replaced)
    return replaced.forward_error();
  auto stamp = stamp_of(path);
  if (!stamp)
    return stamp.forward_error();
  return Overwritten{*stamp, false};
}

// Gives the file its name back, unless a file of that name exists: one that a client has linked
// meanwhile stays.
Status move_back(const std::string& aside, const std::string& path) {
  if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
    return Ok{};
  if (errno != EINVAL && errno != ENOSYS)
    return unexpected(errno_error(path));
  // The file system does not support the flag (NFS): do the same in two steps.
  if (::link(aside.c_str(), path.c_str()) == 0) {
    ::unlink(aside.c_str());
    return Ok{};
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
    return unexpected(errno_error(path));
  if (::access(path.c_str(), F_OK) == 0 || ::rename(aside.c_str(), path.c_str()) != 0)
    return unexpected(errno_error(path));
  return Ok{};
}

// Opens a file that can be written in place; otherwise returns an empty Fd.
Fd open_in_place(const std::string& path) {
  auto fd = open_fd(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  struct stat st {};
  if (!fd || ::fstat(fd->get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
    return {};
  return *std::move(fd);
}

// Renames the file that `fd` has open. False: it is not the file at `path` any more.
bool move_aside(const Fd& fd, const std::string& path, const std::string& aside) {
  ::unlink(aside.c_str()); // left by a crash
  if (::rename(path.c_str(), aside.c_str()) != 0)
    return false;
  const auto own = stamp_of(fd, path);
  const auto moved = stamp_of(aside);
  if (own && moved && own->dev == moved->dev && own->ino == moved->ino)
    return true;
  static_cast<void>(move_back(aside, path)); // linked again at this very moment
  return false;
}

Expected<Overwritten> write_aside(const Fd& fd, const OverwriteTarget& target,
                                  std::span<const NewBytes> parts, const std::string& aside) {
  for (const auto& part : parts)
    if (auto written = write_at(fd, part, target.path); !written)
      return written.forward_error();
  auto time = set_present_time(fd, target.path);
  if (!time)
    return time.forward_error();
  if (auto back = move_back(aside, target.path); !back)
    return back.forward_error();
  auto stamp = stamp_of(fd, target.path); // after the last rename
  if (!stamp)
    return stamp.forward_error();
  // If the file system kept the nanoseconds, no later write can have this time.
  return Overwritten{*stamp, stamp->mtime_ns == *time};
}

} // namespace

Expected<Overwritten> overwrite(const OverwriteTarget& target, std::span<const NewBytes> parts,
                                Overwrite how, const Wanted& wanted) {
  const std::string& path = target.path;
  for (const auto& part : parts)
    if (part.offset > target.expected.size ||
        part.bytes.size() > target.expected.size - part.offset)
      return unexpected(ErrorKind::malformed, path + ": bytes beyond the end of the file");
  const Fd fd = how == Overwrite::in_place ? open_in_place(path) : Fd();
  if (!fd)
    return copy_over(target, parts, wanted);
  auto before = stamp_of(fd, path);
  if (!before)
    return before.forward_error();
  if (!is_expected(target, *before))
    return has_changed(path);
  if (wanted && !wanted())
    return unexpected(ErrorKind::file_moved, path + ": whoever wanted it written is gone");
  const std::string aside = temporary_for(path);
  if (!move_aside(fd, path, aside))
    return has_changed(path);
  auto written = write_aside(fd, target, parts, aside);
  if (!written)
    ::unlink(aside.c_str());
  return written;
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
