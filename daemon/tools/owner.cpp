// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/owner.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {

Status may_run_for(const std::string& ko) {
  const uid_t own = ::geteuid();
  if (own != 0)
    return Ok{};
  for (const std::string& path : {ko, std::filesystem::path(ko).parent_path().string()}) {
    struct stat st {};
    if (::stat(path.c_str(), &st) != 0)
      return unexpected(errno_error(path));
    if (st.st_uid != own)
      return unexpected(ErrorKind::refused, "root runs nothing in another user's tree");
  }
  return Ok{};
}

} // namespace kbtf
