// SPDX-License-Identifier: GPL-2.0-only
// What seldom changes of files that seldom change, remembered by stamp: hashes of tools, libraries,
// scripts and the .BTF of bases, what a program looks like, which libraries it loads. A file is
// read again only when its stamp moved, and nothing is remembered of a stamp that is not settled
// (model/file_stamp.hpp). Memory only and bounded: some thousands of files, the ones asked for
// last. Thread-safe: plans of several trees run at the same time.
#pragma once

#include "daemon/model/stamped_hash.hpp"
#include "daemon/tools/loaded_libraries.hpp"
#include "daemon/tools/program_look.hpp"
#include "daemon/tools/stamp_cache.hpp"
#include "util/error.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

class FileHashes {
public:
  // `now` tells which stamps are settled: realtime_ns(), or a test's own.
  using Clock = std::function<std::int64_t()>;
  explicit FileHashes(Clock now = realtime_ns) : m_now(std::move(now)) {}

  // Hash of the whole file. Errors: not_found, io, file_moved.
  [[nodiscard]] Expected<StampedHash> whole(const std::string& path);
  // The same of a file that has to stay as it is: waits until its stamp is settled, so that the
  // stamp will tell of any later write. That takes 50 ms after the file was written, 2 s where
  // stamps have no fractions; one that moves while it is read is read again. A file that will not
  // settle (another machine's clock) has an empty stamp. Errors: not_found, io; file_moved after 2
  // s.
  [[nodiscard]] Expected<StampedHash> settled(const std::string& path);
  // Hash of what `read` makes of the file (a section, say), remembered beside whole(); `read`
  // returns the hash and the stamp that the file had when it was read.
  using Reader = std::function<Expected<StampedHash>(const std::string&)>;
  [[nodiscard]] Expected<StampedHash> part(const std::string& path, const std::string& part_name,
                                           const Reader& read);
  // See program_look.hpp. Errors as there.
  [[nodiscard]] Expected<ProgramLook> look(const std::string& program);
  // The libraries that a program loads, see loaded_libraries.hpp; errors as there. Remembered while
  // the program, the libraries, and every file and directory where the dynamic linker looked have
  // the stamps that they had, or are still missing.
  [[nodiscard]] Expected<LoadedLibraries> libraries(const std::string& program,
                                                    const LoaderSetting& setting);

private:
  struct Place {
    std::string path;
    std::optional<FileStamp> stamp; // none: nothing there
  };
  struct Libraries {
    LoadedLibraries loaded;
    std::vector<Place> places;
  };
  static constexpr std::size_t k_max_hashes = 8192;
  static constexpr std::size_t k_max_programs = 256;

  Clock m_now;
  std::mutex m_mutex;
  StampCache<ContentHash> m_hashes{k_max_hashes};
  StampCache<ProgramLook> m_looks{k_max_programs};
  StampCache<Libraries> m_libraries{k_max_programs};
};

} // namespace kbtf
