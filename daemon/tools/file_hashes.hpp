// SPDX-License-Identifier: GPL-2.0-only
// Hashes of files that seldom change, remembered by stamp: tools, libraries, scripts, and the
// .BTF of bases. A file is read again only when its stamp moved. Memory only. Thread-safe: plans
// of several trees run at the same time. A stamp younger than 50 ms is not remembered: file times
// move in ticks, and a second write in the same tick would not show.
#pragma once

#include "daemon/model/stamped_hash.hpp"
#include "proto/error.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace kbtf {

class FileHashes {
public:
  // Hash of the whole file. Errors: not_found, io, file_moved.
  [[nodiscard]] Expected<StampedHash> whole(const std::string& path);
  // Hash of what `read` makes of the file (a section, say), remembered beside whole(); `read`
  // returns the hash and the stamp that the file had when it was read.
  using Reader = std::function<Expected<StampedHash>(const std::string&)>;
  [[nodiscard]] Expected<StampedHash> part(const std::string& path, const std::string& part_name,
                                           const Reader& read);
  // The libraries that a program loads, see loaded_libraries.hpp, remembered by the program's
  // stamp, the search path and ld.so.cache's stamp.
  [[nodiscard]] Expected<std::vector<std::string>> libraries(const std::string& program,
                                                             const std::string& library_path);

private:
  struct Libraries {
    FileStamp program;
    FileStamp linker_cache;
    std::vector<std::string> paths;
  };
  std::mutex m_mutex;
  std::map<std::string, StampedHash> m_hashes;
  std::map<std::string, Libraries> m_libraries;
};

} // namespace kbtf
