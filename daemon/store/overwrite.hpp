// SPDX-License-Identifier: GPL-2.0-only
// Replaces some bytes of a file by as many others, where they lie. A reader or a crash in the
// middle can find a mixture: the caller must have said durably that it is about to happen, and
// must not believe the file until sync_file() says that it is on the disk (a file system may write
// the new time stamp before the new bytes). Blocking; any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/store/files.hpp"
#include "proto/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

struct NewBytes {
  std::uint64_t offset = 0; // in the file
  std::vector<std::byte> bytes;
};

enum class Overwrite {
  in_place,  // as above
  by_rename, // a copy that is renamed over the file: old or new, never a mixture
};

// Writes `parts` into the file, which must still carry `expected` and must reach beyond each part.
// A file with more than one link, or that may not be written, is copied and renamed over, so that
// its other names keep their bytes; `wanted` is as in replace_file() then. In place there is no
// need of it: a module that is linked meanwhile is another file, and the one that is open here has
// no name any more (ld unlinks its output first, lld renames over it). Returns the new stamp.
// Errors: file_moved (nothing was written), not_found, no_space, io (the file may hold a mixture).
[[nodiscard]] Expected<FileStamp> overwrite(const std::string& path, const FileStamp& expected,
                                            std::span<const NewBytes> parts, Overwrite how,
                                            const Wanted& wanted = {});

// The file's bytes are on the disk when this returns. Errors: not_found, io.
[[nodiscard]] Status sync_file(const std::string& path);

} // namespace kbtf
