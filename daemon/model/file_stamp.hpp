// SPDX-License-Identifier: GPL-2.0-only
// FileStamp: what stat(2) says of a file's identity and age. Two equal stamps mean "the same
// bytes" for a file that was not being written when the first was taken: every write, truncation,
// rename over or metadata change moves ctime or the inode, and nothing in user space can set
// ctime back. File times move in steps of the kernel's tick (up to 10 ms): two writes within one
// step can leave one stamp, which is why FileHashes does not keep a stamp that young.
#pragma once

#include "proto/error.hpp"
#include "proto/fd.hpp"

#include <cstdint>
#include <string>

namespace kbtf {

struct FileStamp {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;    // bytes
  std::int64_t mtime_ns = 0; // since the epoch
  std::int64_t ctime_ns = 0; // since the epoch

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Follows symbolic links. Errors: not_found, io, unsupported when it is no regular file.
[[nodiscard]] Expected<FileStamp> stamp_of(const std::string& path);
[[nodiscard]] Expected<FileStamp> stamp_of(const Fd& fd, const std::string& name);

} // namespace kbtf
