// SPDX-License-Identifier: GPL-2.0-only
#include "util/old_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace kbtf {
namespace {

// Nothing built today is this old; FAT's first year is before it.
constexpr std::time_t k_oldest_real = 631'152'000; // 1990-01-01

constexpr timespec k_times[2] = {{0, UTIME_OMIT}, {k_old_time, 0}};

} // namespace

Status set_old_time(const Fd& file, const std::string& name) {
  if (::futimens(file.get(), k_times) != 0)
    return unexpected(errno_error(name));
  return Ok{};
}

Status set_old_time(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0)
    return unexpected(errno_error(path));
  if (!S_ISREG(st.st_mode))
    return unexpected(ErrorKind::unsupported, path + ": not a regular file");
  if (::utimensat(AT_FDCWD, path.c_str(), k_times, AT_SYMLINK_NOFOLLOW) != 0)
    return unexpected(errno_error(path));
  return Ok{};
}

Expected<std::int64_t> set_present_time(const Fd& file, const std::string& name) {
  constexpr std::int64_t k_second_ns = 1'000'000'000;
  timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  struct stat st {};
  if (::futimens(file.get(), times) != 0 || ::fstat(file.get(), &st) != 0)
    return unexpected(errno_error(name));
  times[1] = st.st_mtim;
  if (times[1].tv_nsec + 1 < k_second_ns)
    ++times[1].tv_nsec;
  if (::futimens(file.get(), times) != 0)
    return unexpected(errno_error(name));
  return std::int64_t{times[1].tv_sec} * k_second_ns + times[1].tv_nsec;
}

bool has_old_time(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < k_oldest_real;
}

} // namespace kbtf
