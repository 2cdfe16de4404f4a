// SPDX-License-Identifier: GPL-2.0-only
// FileStamp: a file's identity and age, from stat(2). If nobody was writing the file when the first
// stamp was taken, an equal stamp later means the same bytes: every write, truncation, rename over
// it or metadata change moves ctime or the inode, and user space cannot set ctime back. But file
// times advance in steps: two writes within one step can leave the same stamp. So a stamp rules out
// later writes only once it is settled.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

struct FileStamp {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;    // bytes
  std::int64_t mtime_ns = 0; // since the epoch
  std::int64_t ctime_ns = 0; // since the epoch

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// The bytes of a file, and its stamp, the same before and after reading.
struct StampedBytes {
  std::vector<std::byte> bytes;
  FileStamp stamp;
};

// Follows symbolic links. Errors: not_found, io, unsupported (not a regular file).
[[nodiscard]] Expected<FileStamp> stamp_of(const std::string& path);
[[nodiscard]] Expected<FileStamp> stamp_of(const Fd& fd, const std::string& name);
// For any kind of file, directories too. None if it does not exist or cannot be examined.
[[nodiscard]] std::optional<FileStamp> stamp_if_there(const std::string& path);

// False while a later write could still leave the same stamp: the clock must have left the step of
// the file's last change. A step is the kernel's tick, 10 ms at most, or a second on file systems
// without fractions (ext4 with small inodes, some network file systems; two on FAT). A stamp
// without fractions is taken to come from one of those. `now_ns` is realtime_ns() from before the
// file was read.
[[nodiscard]] bool is_settled(const FileStamp& stamp, std::int64_t now_ns);
[[nodiscard]] std::int64_t realtime_ns(); // CLOCK_REALTIME, since the epoch

} // namespace kbtf
