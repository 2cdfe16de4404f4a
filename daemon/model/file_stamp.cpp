// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/file_stamp.hpp"

#include <ctime>
#include <sys/stat.h>

namespace kbtf {
namespace {

constexpr std::int64_t k_second_ns = 1'000'000'000;
constexpr std::int64_t k_fine_step_ns = 50'000'000;
constexpr std::int64_t k_coarse_step_ns = 2 * k_second_ns;

std::int64_t nanoseconds(const timespec& t) {
  return static_cast<std::int64_t>(t.tv_sec) * k_second_ns + t.tv_nsec;
}

Expected<FileStamp> from_stat(const struct stat& st, const std::string& name) {
  if (!S_ISREG(st.st_mode))
    return unexpected(ErrorKind::unsupported, name + ": not a regular file");
  return FileStamp{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size),
                   nanoseconds(st.st_mtim), nanoseconds(st.st_ctim)};
}

} // namespace

bool is_coarse(const FileStamp& stamp) {
  return stamp.mtime_ns % k_second_ns == 0 && stamp.ctime_ns % k_second_ns == 0;
}

bool is_settled(const FileStamp& stamp, std::int64_t now_ns) {
  return now_ns - stamp.ctime_ns > (is_coarse(stamp) ? k_coarse_step_ns : k_fine_step_ns);
}

std::int64_t clock_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

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
