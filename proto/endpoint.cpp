// SPDX-License-Identifier: GPL-2.0-only
#include "proto/endpoint.hpp"

#include "util/environment.hpp"
#include "util/own_user.hpp"

#include <sys/stat.h>

namespace kbtf {
namespace {

bool is_dir(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

std::string with_uid(const std::string& prefix) {
  return prefix + std::to_string(own_uid());
}

// Ignores relative values, as the XDG base directory specification requires: the two programs have
// different working directories.
std::string home_dir_of(const char* own, const char* xdg, const char* below_home,
                        const std::string& fallback) {
  if (auto dir = env(own); dir.starts_with('/'))
    return dir;
  if (const auto dir = env(xdg); dir.starts_with('/'))
    return dir + "/kbtf";
  if (const auto home = env("HOME"); home.starts_with('/') && is_dir(home))
    return home + below_home;
  return fallback;
}

} // namespace

std::string runtime_dir() {
  if (auto dir = env("KBTF_RUNTIME_DIR"); dir.starts_with('/'))
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

} // namespace kbtf
