// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/file_stamp.hpp"

#include <sys/stat.h>

namespace kbtf {
namespace {

std::int64_t nanoseconds(const timespec& t) {
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

Expected<FileStamp> from_stat(const struct stat& st, const std::string& name) {
  if (!S_ISREG(st.st_mode))
    return unexpected(ErrorKind::unsupported, name + ": not a regular file");
  return FileStamp{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size),
                   nanoseconds(st.st_mtim), nanoseconds(st.st_ctim)};
}

} // namespace

Expected<FileStamp> stamp_of(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0)
    return unexpected(errno_error(path));
  return from_stat(st, path);
}

Expected<FileStamp> stamp_of(const Fd& fd, const std::string& name) {
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0)
    return unexpected(errno_error(name));
  return from_stat(st, name);
}

} // namespace kbtf
