// SPDX-License-Identifier: GPL-2.0-only
// Caches, by stamp, facts about files that rarely change: hashes of tools, libraries, scripts and
// the .BTF of bases, what a program looks like, which libraries it loads. Reads a file again only
// if its stamp moved, and caches nothing under a stamp that is not settled (model/file_stamp.hpp).
// Memory only and bounded: keeps the few thousand files asked for last. Thread-safe: plans of
// several trees run at the same time.
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
  // `now` decides which stamps are settled: realtime_ns(), or a test's own.
  using Clock = std::function<std::int64_t()>;
  explicit FileHashes(Clock now = realtime_ns) : m_now(std::move(now)) {}

  // Hash of the whole file. Errors: not_found, io, file_moved.
  [[nodiscard]] Expected<StampedHash> whole(const std::string& path);
  // The same for a file that must not change: waits until its stamp is settled, so that the stamp
  // shows any later write. That takes 50 ms after the file was written, 2 s where stamps have no
  // fractions. Reads the file again if it moves while being read. Returns an empty stamp for a file
  // that does not settle (another machine's clock). Errors: not_found, io; file_moved after 2 s.
  [[nodiscard]] Expected<StampedHash> settled(const std::string& path);
  // Hash of what `read` makes of the file (a section, say), cached beside whole(). `read` returns
  // the hash and the stamp that the file had when it was read.
  using Reader = std::function<Expected<StampedHash>(const std::string&)>;
  [[nodiscard]] Expected<StampedHash> part(const std::string& path, const std::string& part_name,
                                           const Reader& read);
  // See program_look.hpp. Errors as there.
  [[nodiscard]] Expected<ProgramLook> look(const std::string& program);
  // The libraries that a program loads, see loaded_libraries.hpp; errors as there. Cached while the
  // program, the libraries, and every file and directory where the dynamic linker looked keep their
  // stamps, or are still missing.
  [[nodiscard]] Expected<LoadedLibraries> libraries(const std::string& program,
                                                    const LoaderSetting& setting);

private:
  struct Place {
    std::string path;
    std::optional<FileStamp> stamp; // none: it does not exist
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
