// SPDX-License-Identifier: GPL-2.0-only
// FileStamp: what stat(2) says of a file's identity and age. Two equal stamps mean "the same
// bytes" for a file that was not being written when the first was taken: every write, truncation,
// rename over or metadata change moves ctime or the inode, and nothing in user space can set
// ctime back. But file times move in steps: two writes within one step can leave one stamp. So a
// stamp says something about later writes only once it is settled.
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

// Bytes of a file, and the stamp that it had before and after they were read.
struct StampedBytes {
  std::vector<std::byte> bytes;
  FileStamp stamp;
};

// Follows symbolic links. Errors: not_found, io, unsupported when it is no regular file.
[[nodiscard]] Expected<FileStamp> stamp_of(const std::string& path);
[[nodiscard]] Expected<FileStamp> stamp_of(const Fd& fd, const std::string& name);
// Of a file of any kind, a directory too. None if there is nothing, or nothing to be seen.
[[nodiscard]] std::optional<FileStamp> stamp_if_there(const std::string& path);

// False while a write could still leave the same stamp: the clock has to have left the step of the
// file's last change. A step is the kernel's tick, 10 ms at most, or a second on file systems
// that keep no fractions (ext4 with small inodes, some network file systems; two on FAT): there all
// stamps have none, so a stamp without fractions is taken for one of these. `now_ns` is a
// realtime_ns() of before the file was read.
[[nodiscard]] bool is_settled(const FileStamp& stamp, std::int64_t now_ns);
[[nodiscard]] std::int64_t realtime_ns(); // CLOCK_REALTIME, since the epoch

} // namespace kbtf
