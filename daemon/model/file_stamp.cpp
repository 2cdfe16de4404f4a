// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/file_stamp.hpp"

#include <ctime>
#include <sys/stat.h>

namespace kbtf {
namespace {

constexpr std::int64_t k_second_ns = 1'000'000'000;

std::int64_t nanoseconds(const timespec& t) {
  return static_cast<std::int64_t>(t.tv_sec) * k_second_ns + t.tv_nsec;
}

FileStamp values_of(const struct stat& st) {
  return {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size), nanoseconds(st.st_mtim),
          nanoseconds(st.st_ctim)};
}

Expected<FileStamp> from_stat(const struct stat& st, const std::string& name) {
  if (!S_ISREG(st.st_mode))
    return unexpected(ErrorKind::unsupported, name + ": not a regular file");
  return values_of(st);
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

std::optional<FileStamp> stamp_if_there(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0)
    return std::nullopt;
  return values_of(st);
}

bool is_settled(const FileStamp& stamp, std::int64_t now_ns) {
  constexpr std::int64_t k_fine_ns = 50'000'000; // with a margin for a busy machine
  const bool is_coarse = stamp.mtime_ns % k_second_ns == 0 && stamp.ctime_ns % k_second_ns == 0;
  return now_ns - stamp.ctime_ns > (is_coarse ? 2 * k_second_ns : k_fine_ns);
}

std::int64_t realtime_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

} // namespace kbtf
