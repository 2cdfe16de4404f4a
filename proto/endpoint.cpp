// SPDX-License-Identifier: GPL-2.0-only
#include "proto/endpoint.hpp"

#include "util/own_user.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>

namespace kbtf {
namespace {

std::string env(const char* name) {
  const char* value = ::getenv(name);
  return value ? value : "";
}

bool is_dir(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

std::string with_uid(const std::string& prefix) {
  return prefix + std::to_string(own_uid());
}

// Relative values are ignored, as the XDG base directory specification demands: the two
// programs have different working directories.
std::string home_dir_of(const char* own, const char* xdg, const char* below_home,
                        const std::string& fallback) {
  if (const auto dir = env(own); dir.starts_with('/'))
    return dir;
  if (const auto dir = env(xdg); dir.starts_with('/'))
    return dir + "/kbtf";
  if (const auto home = env("HOME"); home.starts_with('/') && is_dir(home))
    return home + below_home;
  return fallback;
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

std::string runtime_dir() {
  if (const auto dir = env("KBTF_RUNTIME_DIR"); dir.starts_with('/'))
    return dir;
  if (const auto dir = env("XDG_RUNTIME_DIR"); dir.starts_with('/') && is_dir(dir))
    return dir + "/kbtf";
  if (const auto dir = with_uid("/run/user/"); is_dir(dir))
    return dir + "/kbtf";
  return with_uid("/tmp/kbtf-");
}

std::string state_dir() {
  return home_dir_of("KBTF_STATE_DIR", "XDG_STATE_HOME", "/.local/state/kbtf",
                     with_uid("/var/tmp/kbtf-"));
}

std::string cache_dir() {
  return home_dir_of("KBTF_CACHE_DIR", "XDG_CACHE_HOME", "/.cache/kbtf",
                     with_uid("/var/tmp/kbtf-cache-"));
}

std::string socket_path() {
  return runtime_dir() + "/kbtfd.sock";
}

std::string lock_path() {
  return runtime_dir() + "/kbtfd.lock";
}

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
  // Not set right by chmod: what others have put there already stays (and it may be /tmp).
  if ((owner->mode & 022) != 0)
    return unexpected(ErrorKind::refused, dir + ": other users can write to it");
  // Somebody may count on the mode of a directory that is in use, such as a home.
  std::error_code unreadable;
  if ((owner->mode & 077) != 0 && std::filesystem::is_empty(dir, unreadable) &&
      ::chmod(dir.c_str(), 0700) != 0)
    return unexpected(errno_error(dir));
  return Ok{};
}

} // namespace kbtf
