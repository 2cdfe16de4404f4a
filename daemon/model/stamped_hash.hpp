// SPDX-License-Identifier: GPL-2.0-only
// A content hash with the stamp of its file, and how to take one. Blocking; any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"
#include "util/error.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace kbtf {

// A part of a file.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0; // bytes

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct StampedHash {
  FileStamp stamp;
  ContentHash hash;
};

// Hashes a whole file, in pieces (bounded memory). Takes the stamp before and after: if the file
// changes meanwhile, that is an error (file_moved), never a hash. Bytes in `blank` count as zeros,
// see blank_out(). Errors: not_found, io, unsupported (not a regular file), file_moved.
[[nodiscard]] Expected<StampedHash> hash_file(const std::string& path,
                                              std::span<const ByteRange> blank = {});

// Zeroes the parts of `piece` that lie in `ranges`. `piece` holds the file's bytes from `offset`
// on; `ranges` are offsets in the file.
void blank_out(std::span<std::byte> piece, std::span<const ByteRange> ranges,
               std::uint64_t offset = 0);

} // namespace kbtf
