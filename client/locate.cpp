// SPDX-License-Identifier: GPL-2.0-only
#include "client/locate.hpp"

#include <filesystem>
#include <initializer_list>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

Expected<std::string> first_of(const std::string& what,
                               std::initializer_list<const char*> candidates) {
  const fs::path dir = fs::path(own_path()).parent_path();
  std::error_code ignored;
  for (const char* candidate : candidates) {
    const fs::path path = (dir / candidate).lexically_normal();
    if (fs::is_regular_file(path, ignored))
      return path.string();
  }
  return unexpected(ErrorKind::not_found, what + " is not installed beside " + own_path());
}

} // namespace

std::string own_path() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string("kbtf") : path.string();
}

Expected<std::string> hook_path() {
  return first_of("kbtf.mk", {"../share/kbtf/kbtf.mk", "../kbuild-hooks/kbtf.mk"});
}

Expected<std::string> daemon_path() {
  return first_of("kbtfd", {"kbtfd", "../daemon/server/kbtfd"});
}

} // namespace kbtf
