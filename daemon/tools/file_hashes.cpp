// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/file_hashes.hpp"

#include "daemon/tools/loaded_libraries.hpp"

#include <ctime>

namespace kbtf {
namespace {

// File times move in steps of the kernel's tick (up to 10 ms). A file written twice within one
// step has one stamp for two contents, so a stamp that young is not remembered.
bool is_settled(const FileStamp& stamp) {
  constexpr std::int64_t k_tick_margin_ns = 50'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t now_ns = static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
  return now_ns - stamp.ctime_ns > k_tick_margin_ns;
}

} // namespace

Expected<StampedHash> FileHashes::whole(const std::string& path) {
  return part(path, "", [](const std::string& file) { return hash_file(file); });
}

Expected<StampedHash> FileHashes::part(const std::string& path, const std::string& part_name,
                                       const Reader& read) {
  auto stamp = stamp_of(path);
  if (!stamp)
    return stamp.forward_error();
  const std::string key = path + '\0' + part_name;
  {
    const std::lock_guard lock(m_mutex);
    const auto it = m_hashes.find(key);
    if (it != m_hashes.end() && it->second.stamp == *stamp)
      return it->second;
  }
  auto hashed = read(path);
  if (!hashed)
    return hashed;
  if (is_settled(hashed->stamp)) {
    const std::lock_guard lock(m_mutex);
    m_hashes[key] = *hashed;
  }
  return hashed;
}

Expected<std::vector<std::string>> FileHashes::libraries(const std::string& program,
                                                         const std::string& library_path) {
  auto stamp = stamp_of(program);
  if (!stamp)
    return stamp.forward_error();
  // Absent on systems without glibc's cache: then only the program's stamp counts.
  const auto cache = stamp_of("/etc/ld.so.cache");
  const FileStamp cache_stamp = cache ? *cache : FileStamp{};
  const std::string key = program + '\0' + library_path;
  {
    const std::lock_guard lock(m_mutex);
    const auto it = m_libraries.find(key);
    // With LD_LIBRARY_PATH a library can appear in an earlier directory without any stamp moving.
    if (library_path.empty() && it != m_libraries.end() && it->second.program == *stamp &&
        it->second.linker_cache == cache_stamp)
      return it->second.paths;
  }
  auto paths = loaded_libraries(program, library_path);
  if (!paths)
    return paths;
  const std::lock_guard lock(m_mutex);
  m_libraries[key] = {*stamp, cache_stamp, *paths};
  return paths;
}

} // namespace kbtf
