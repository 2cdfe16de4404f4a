// SPDX-License-Identifier: GPL-2.0-only
// FileStamp: what stat(2) says of a file's identity and age. Two equal stamps mean "the same
// bytes" for a file that was not being written when the first was taken: every write, truncation,
// rename over or metadata change moves ctime or the inode, and nothing in user space can set
// ctime back. File times move in steps, of the kernel's tick (up to 10 ms) or of what the file
// system keeps: two writes within one step can leave one stamp for two contents. So a stamp is
// provisional until the clock has left its step, see is_settled().
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

// Whether a change of the file from `now_ns` on would show in another stamp. False within the step
// of the file times in which the file was last changed: 50 ms where times have nanoseconds (the
// kernel's tick with room to spare), 2 s where both end in whole seconds (ext4 with inodes of 128
// bytes, FAT, HFS+, some network file systems). Bytes read while this was false say nothing of what
// the file holds afterwards under the same stamp.
[[nodiscard]] bool is_settled(const FileStamp& stamp, std::int64_t now_ns);
// True where file times seem to have whole seconds only.
[[nodiscard]] bool is_coarse(const FileStamp& stamp);
// The clock that file times come from on a local file system, since the epoch.
[[nodiscard]] std::int64_t clock_now_ns();

// Follows symbolic links. Errors: not_found, io, unsupported when it is no regular file.
[[nodiscard]] Expected<FileStamp> stamp_of(const std::string& path);
[[nodiscard]] Expected<FileStamp> stamp_of(const Fd& fd, const std::string& name);

} // namespace kbtf
