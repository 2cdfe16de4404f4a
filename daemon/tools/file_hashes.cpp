// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/file_hashes.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kbtf {

Expected<StampedHash> FileHashes::whole(const std::string& path) {
  return part(path, "", [](const std::string& file) { return hash_file(file); });
}

Expected<StampedHash> FileHashes::settled(const std::string& path) {
  constexpr std::chrono::milliseconds k_step{10};
  constexpr int k_steps = 210;
  for (int step = 0;; ++step) {
    const std::int64_t now = m_now();
    auto hashed = whole(path);
    const bool is_moving = !hashed && hashed.error().kind == ErrorKind::file_moved;
    if ((!hashed && !is_moving) || (hashed && is_settled(hashed->stamp, now)))
      return hashed;
    if (step == k_steps)
      return hashed ? Expected<StampedHash>(StampedHash{FileStamp{}, hashed->hash}) : hashed;
    std::this_thread::sleep_for(k_step);
  }
}

Expected<StampedHash> FileHashes::part(const std::string& path, const std::string& part_name,
                                       const Reader& read) {
  auto stamp = stamp_of(path);
  if (!stamp)
    return stamp.forward_error();
  const std::string name = path + '\0' + part_name;
  {
    const std::lock_guard lock(m_mutex);
    if (const auto* hash = m_hashes.find(name, *stamp))
      return StampedHash{*stamp, *hash};
  }
  const std::int64_t now = m_now();
  auto hashed = read(path);
  if (!hashed)
    return hashed;
  if (is_settled(hashed->stamp, now)) {
    const std::lock_guard lock(m_mutex);
    m_hashes.put(name, hashed->stamp, hashed->hash);
  }
  return hashed;
}

Expected<ProgramLook> FileHashes::look(const std::string& program) {
  auto stamp = stamp_of(program);
  if (!stamp)
    return stamp.forward_error();
  {
    const std::lock_guard lock(m_mutex);
    if (const auto* look = m_looks.find(program, *stamp))
      return *look;
  }
  const std::int64_t now = m_now();
  auto look = look_at_program(program);
  if (!look)
    return look;
  const auto after = stamp_of(program);
  if (!after || !(*after == *stamp))
    return unexpected(ErrorKind::file_moved, program + ": changed while it was read");
  if (is_settled(*stamp, now)) {
    const std::lock_guard lock(m_mutex);
    m_looks.put(program, *stamp, *look);
  }
  return look;
}

Expected<LoadedLibraries> FileHashes::libraries(const std::string& program,
                                                const LoaderSetting& setting) {
  auto stamp = stamp_of(program);
  if (!stamp)
    return stamp.forward_error();
  // Key by the real path: two links to one file share its stamp, and a link may change its target.
  std::string name = real_path(program) + '\0' + setting.cwd;
  for (const auto& variable : setting.environment)
    name += '\0' + variable;
  const auto is_same = [](const Place& place) { return stamp_if_there(place.path) == place.stamp; };
  std::optional<Libraries> known;
  {
    const std::lock_guard lock(m_mutex);
    if (const auto* found = m_libraries.find(name, *stamp))
      known = *found;
  }
  if (known && std::ranges::all_of(known->places, is_same))
    return known->loaded;

  const std::int64_t now = m_now();
  auto loaded = loaded_libraries(program, setting);
  if (!loaded)
    return loaded.forward_error();
  Libraries fresh{*loaded, {}};
  bool is_lasting =
      is_settled(*stamp, now) && (loaded->paths.empty() || !loaded->looked_at.empty());
  for (const auto& path : loaded->paths) {
    fresh.places.push_back({path, stamp_if_there(path)});
    is_lasting = is_lasting && fresh.places.back().stamp;
  }
  for (const auto& path : loaded->looked_at)
    fresh.places.push_back({path, stamp_if_there(path)});
  fresh.places.push_back({"/etc/ld.so.preload", stamp_if_there("/etc/ld.so.preload")});
  // All of it must be settled from before the dynamic linker looked.
  is_lasting = is_lasting && std::ranges::all_of(fresh.places, [now](const Place& place) {
                 return !place.stamp || is_settled(*place.stamp, now);
               });
  if (is_lasting) {
    const std::lock_guard lock(m_mutex);
    m_libraries.put(name, *stamp, std::move(fresh));
  }
  return loaded;
}

} // namespace kbtf
