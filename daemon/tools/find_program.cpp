// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/find_program.hpp"

#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {

bool is_program(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> find_programs(const std::string& name, const std::string& cwd,
                                       const std::string& path) {
  std::vector<std::string> found;
  std::istringstream dirs(path);
  for (std::string dir; std::getline(dirs, dir, ':');) {
    // An empty entry is the current directory.
    std::string full = (dir.starts_with('/') ? dir : cwd + "/" + dir) + "/" + name;
    if (is_program(full))
      found.push_back(std::move(full));
  }
  return found;
}

std::string find_program(const std::string& name, const std::string& cwd, const std::string& path) {
  if (name.find('/') != std::string::npos) {
    const std::string full = name.front() == '/' ? name : cwd + "/" + name;
    return is_program(full) ? full : std::string();
  }
  const auto found = find_programs(name, cwd, path);
  return found.empty() ? std::string() : found.front();
}

} // namespace kbtf
