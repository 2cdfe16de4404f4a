// SPDX-License-Identifier: GPL-2.0-only
#include "util/private_dir.hpp"

#include "util/own_user.hpp"

#include <cerrno>
#include <filesystem>
#include <sys/stat.h>

namespace kbtf {
namespace {

bool is_dir(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

Status make_parents(const std::string& dir) {
  for (std::size_t i = dir.find('/', 1); i != std::string::npos; i = dir.find('/', i + 1)) {
    const std::string parent = dir.substr(0, i);
    if (::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST && !is_dir(parent))
      return unexpected(errno_error(parent));
  }
  return Ok{};
}

} // namespace

Status make_private_dir(const std::string& dir) {
  if (auto parents = make_parents(dir); !parents)
    return parents;
  if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)
    return unexpected(errno_error(dir));
  const auto owner = owner_of(dir);
  if (!owner)
    return owner.forward_error();
  if (!S_ISDIR(owner->mode) || owner->uid != own_uid())
    return unexpected(ErrorKind::refused, dir + ": not a directory of this user");
  // No chmod: it would keep what others have already put there (and it may be /tmp).
  if ((owner->mode & 022) != 0)
    return unexpected(ErrorKind::refused, dir + ": other users can write to it");
  // Something may rely on the mode of a directory in use, such as a home.
  std::error_code unreadable;
  if ((owner->mode & 077) != 0 && std::filesystem::is_empty(dir, unreadable) &&
      ::chmod(dir.c_str(), 0700) != 0)
    return unexpected(errno_error(dir));
  return Ok{};
}

} // namespace kbtf
