// SPDX-License-Identifier: GPL-2.0-only
// Replaces some bytes of a .ko by as many others, where they lie. A crash in the middle leaves a
// mixture, and each write makes the file look new; so the file has another name meanwhile
// (temporary_for(), util/replacing.hpp): whatever kills the daemon, there is no .ko then, and make
// links it, with or without kbtf. For what a power cut leaves the caller must have said durably
// that it is about to happen, and must not believe the file until sync_file() says that it is on
// the disk (a file system may write the new name and time stamp before the new bytes). Blocking;
// any thread.
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
  by_copy,  // a copy that is renamed over the file: old or new, never a mixture
};

// The file that is to be written.
struct OverwriteTarget {
  std::string path;
  FileStamp expected;
  bool is_settled = false; // of `expected`: the stamp alone tells whether it is the file
  // Asked where the stamp does not tell: one that is not settled, or another one. (overlayfs gives
  // a file of a lower layer another inode when it is opened for writing.) Reads the file and says
  // whether it has the stamp `now` and the expected content. Empty: never.
  std::function<bool(const FileStamp& now)> confirm;
};

struct Overwritten {
  FileStamp stamp;
  bool is_settled = false; // no later change can have the same stamp
};

// Writes `parts` into the file, which must still be the expected one and must reach beyond each
// part. A symbolic link, a file with more than one link, or one that may not be written, is copied
// and renamed over, so that whatever else has its bytes keeps them. A module that is linked
// meanwhile is never replaced: in place by the name, which is taken then, and for a copy `wanted`
// is as in replace_file(). Errors: file_moved (nothing was written), not_found, io (the
// file as it was, or none).
[[nodiscard]] Expected<Overwritten> overwrite(const OverwriteTarget& target,
                                              std::span<const NewBytes> parts, Overwrite how,
                                              const Wanted& wanted = {});

// The file's bytes are on the disk when this returns. Errors: not_found, io.
[[nodiscard]] Status sync_file(const std::string& path);

} // namespace kbtf
