// SPDX-License-Identifier: GPL-2.0-only
// Whole files: read, copied and put in place without a moment at which a reader or a crash finds
// half of one. Knows nothing of modules. Blocking; any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace kbtf {

// Reads a whole file into memory (never mapped: a build may truncate it under us).
// Errors: not_found, io, file_moved; unsupported for one that is no regular file, or has more than
// k_max_file bytes.
inline constexpr std::uint64_t k_max_file = std::uint64_t{2} << 30;
[[nodiscard]] Expected<StampedBytes> read_whole(const std::string& path);

// Copies a file's content to `to`, which must not exist: by reflink (FICLONE) where the file
// system has it, else inside the kernel (copy_file_range), else through this process. On any error
// `to` does not exist, unless it did before. Errors: not_found, io, unsupported as
// read_whole().
[[nodiscard]] Status copy_file(const std::string& from, const std::string& to);

// Replaces `path` by `bytes`: a temporary beside it, then rename. Keeps the permission bits of
// the file that is replaced, breaks its hard links. On any error `path` is as it was. Not synced
// to disk: after a power cut the file's stamp or content differs from the record, which is seen.
// A symbolic link is replaced itself. Errors: not_found when there is no `path` to replace,
// io.
// The temporary is temporary_for(path). `wanted`, if given, is asked when that is complete; where
// it says no, `path` stays as it was (util/replacing.hpp says why that is the moment): file_moved.
using Wanted = std::function<bool()>;
enum class NewTime {
  present,
  old, // of a .ko that must not pass for finished, util/old_time.hpp
};
[[nodiscard]] Status replace_file(const std::string& path, std::span<const std::byte> bytes,
                                  NewTime time, const Wanted& wanted = {});

} // namespace kbtf
