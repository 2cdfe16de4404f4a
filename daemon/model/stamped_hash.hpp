// SPDX-License-Identifier: GPL-2.0-only
// A content hash with the stamp of the file it was taken from, and how to take one. Blocking;
// any thread.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"
#include "proto/error.hpp"

#include <string>

namespace kbtf {

struct StampedHash {
  FileStamp stamp;
  ContentHash hash;
};

// Hashes a whole file, read in pieces (bounded memory). The stamp is taken before and after: a
// file that moves meanwhile is an error (file_moved), never a hash. Errors: not_found, io.
[[nodiscard]] Expected<StampedHash> hash_file(const std::string& path);

} // namespace kbtf
