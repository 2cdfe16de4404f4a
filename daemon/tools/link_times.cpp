// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_times.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <vector>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

constexpr int k_max_links = 40; // the kernel's limit

std::int64_t in_ns(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::int64_t newest_link_ns(const std::string& path) {
  std::int64_t newest = 0;
  fs::path done = "/";
  std::vector<fs::path> rest; // the next part comes last
  const auto walk = [&rest](const fs::path& parts) {
    const std::vector<fs::path> forward(parts.begin(), parts.end());
    rest.insert(rest.end(), forward.rbegin(), forward.rend());
  };
  walk(fs::path(path).relative_path());
  for (int links = 0; !rest.empty() && links <= k_max_links;) {
    const fs::path part = rest.back();
    rest.pop_back();
    if (part == "..") {
      done = done.parent_path();
      continue;
    }
    const fs::path next = done / part;
    struct stat st {};
    if (::lstat(next.c_str(), &st) != 0)
      return newest;
    if (!S_ISLNK(st.st_mode)) {
      done = next;
      continue;
    }
    ++links;
    newest = std::max({newest, in_ns(st.st_mtim), in_ns(st.st_ctim)});
    std::error_code failed;
    const fs::path target = fs::read_symlink(next, failed);
    if (failed)
      return newest;
    if (target.is_absolute())
      done = "/";
    walk(target.relative_path());
  }
  return newest;
}

} // namespace kbtf
