// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/find_program.hpp"

#include <algorithm>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {

bool is_program(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> program_places(const std::string& name, const std::string& cwd,
                                        const std::string& path) {
  std::vector<std::string> places;
  // An empty entry is the current directory, even as the last one.
  std::istringstream dirs(path.ends_with(':') ? path + "." : path);
  for (std::string dir; std::getline(dirs, dir, ':');)
    places.push_back((dir.starts_with('/') ? dir : cwd + "/" + dir) + "/" + name);
  return places;
}

std::vector<std::string> find_programs(const std::string& name, const std::string& cwd,
                                       const std::string& path) {
  auto found = program_places(name, cwd, path);
  std::erase_if(found, [](const std::string& place) { return !is_program(place); });
  return found;
}

std::string find_program(const std::string& name, const std::string& cwd, const std::string& path) {
  if (name.find('/') != std::string::npos) {
    const std::string full = name.front() == '/' ? name : cwd + "/" + name;
    return is_program(full) ? full : std::string();
  }
  const auto places = program_places(name, cwd, path);
  const auto found = std::ranges::find_if(places, is_program);
  return found == places.end() ? std::string() : *found;
}

} // namespace kbtf
