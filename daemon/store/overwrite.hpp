// SPDX-License-Identifier: GPL-2.0-only
// Replaces some bytes of a .ko by the same number of others, in place. A crash in the middle leaves
// a mixture, and each write makes the file look new. So the file has another name meanwhile
// (temporary_for(), util/replacing.hpp): if the daemon is killed, there is no .ko, and make links
// it, with or without kbtf. Against power cuts the caller must first record durably that the write
// is about to happen, and must not believe the file until sync_file() returns: a file system may
// write the new name and time stamp before the new bytes. Blocking; any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/store/files.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

struct NewBytes {
  std::uint64_t offset = 0; // in the file
  std::vector<std::byte> bytes;
};

enum class Overwrite {
  in_place, // as above
  by_copy,  // renames a copy over the file: old or new, never a mixture
};

// The file to write.
struct OverwriteTarget {
  std::string path;
  FileStamp expected;
  bool is_settled = false; // of `expected`: the stamp alone identifies the file
  // Asked if the stamp does not tell: it is not settled, or another one. (overlayfs gives a file of
  // a lower layer another inode when it is opened for writing.) Reads the file and says whether it
  // has the stamp `now` and the expected content. Empty: never.
  std::function<bool(const FileStamp& now)> confirm;
};

struct Overwritten {
  FileStamp stamp;
  bool is_settled = false; // no later change can leave the same stamp
};

// Writes `parts` into the file, which must still be the expected one and must be large enough for
// each part. A symbolic link, a file with several links, or one that is not writable is copied and
// replaced, so that other users of its bytes keep them. A module that was linked meanwhile is never
// replaced: when writing in place, because its name is taken then; for a copy, `wanted` is as in
// replace_file(). Errors: file_moved (nothing was written), malformed (a part beyond the end of the
// file; nothing was written), not_found, io (the file is unchanged, or gone).
[[nodiscard]] Expected<Overwritten> overwrite(const OverwriteTarget& target,
                                              std::span<const NewBytes> parts, Overwrite how,
                                              const Wanted& wanted = {});

// Syncs the file's bytes to disk. Errors: not_found, io.
[[nodiscard]] Status sync_file(const std::string& path);

} // namespace kbtf
