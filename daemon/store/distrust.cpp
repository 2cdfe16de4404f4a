// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/distrust.hpp"

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/store/state_dir.hpp"
#include "util/fd.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <span>

namespace kbtf {
namespace {

constexpr std::size_t k_max_mark = 1 << 16;

} // namespace

std::string distrust_path(const std::string& state_dir, const ContentHash& tools) {
  return state_dir + "/distrusted/" + tools.hex();
}

Status distrust(const std::string& state_dir, const ContentHash& tools, const std::string& text) {
  const std::string path = distrust_path(state_dir, tools);
  if (auto made = make_state_subdir(state_dir + "/distrusted"); !made)
    return made;
  auto fd = open_fd(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!fd)
    return fd.forward_error();
  return write_all(*fd, std::as_bytes(std::span(text)), path);
}

std::vector<std::string> all_distrusted(const std::string& state_dir) {
  std::vector<std::string> marks;
  if (state_dir.empty())
    return marks;
  std::error_code error;
  for (std::filesystem::directory_iterator it(state_dir + "/distrusted", error), end;
       !error && it != end; it.increment(error))
    if (it->is_regular_file())
      marks.push_back(it->path().string());
  std::ranges::sort(marks);
  return marks;
}

std::optional<Distrust> find_distrust(const std::string& state_dir, const ContentHash& tools) {
  constexpr std::int64_t k_second_ns = 1'000'000'000;
  if (state_dir.empty())
    return std::nullopt;
  const std::string path = distrust_path(state_dir, tools);
  const auto stamp = stamp_of(path);
  if (!stamp)
    return std::nullopt;
  const auto text = read_file(path, k_max_mark);
  return Distrust{rfc3339(stamp->mtime_ns / k_second_ns),
                  text ? text->substr(0, text->find('\n')) : path};
}

} // namespace kbtf
