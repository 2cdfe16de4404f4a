// SPDX-License-Identifier: GPL-2.0-only
// Reads, copies and replaces whole files. Neither a reader nor a crash ever finds half of one.
// Knows nothing of modules. Blocking; any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace kbtf {

// Reads a whole file into memory (never mapped: a build may truncate it under us). Errors:
// not_found, io, file_moved; unsupported (not a regular file, or larger than k_max_file bytes).
inline constexpr std::uint64_t k_max_file = std::uint64_t{2} << 30;
[[nodiscard]] Expected<StampedBytes> read_whole(const std::string& path);

// Copies a file's content to `to`, which must not exist: by reflink (FICLONE) where the file system
// has it, else inside the kernel (copy_file_range), else through this process. On any error `to`
// does not exist, unless it did before. Errors: not_found, io, unsupported as for read_whole().
[[nodiscard]] Status copy_file(const std::string& from, const std::string& to);

// Replaces `path` by `bytes`: writes temporary_for(path), then renames it. Keeps the permission
// bits of the old file; breaks its hard links; replaces a symbolic link itself. On any error `path`
// is unchanged. Not synced to disk: after a power cut the stamp or content differs from the record,
// and the daemon notices. Errors: not_found (no `path` to replace), io. If given, `wanted` is asked
// once the temporary is complete (util/replacing.hpp says why then). If it says no, `path` stays as
// it was: file_moved.
using Wanted = std::function<bool()>;
enum class NewTime {
  present,
  old, // for a .ko that must not pass for finished, util/old_time.hpp
};
[[nodiscard]] Status replace_file(const std::string& path, std::span<const std::byte> bytes,
                                  NewTime time, const Wanted& wanted = {});

} // namespace kbtf
