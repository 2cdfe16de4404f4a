// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/stage_marks.hpp"

#include <filesystem>
#include <string_view>
#include <unistd.h>

namespace kbtf {
namespace {

// "stage-N.down", and empty: the directory may also be in use for something else.
bool is_mark(const std::filesystem::directory_entry& entry) {
  constexpr std::string_view k_before = "stage-";
  constexpr std::string_view k_behind = ".down";
  const std::string name = entry.path().filename().string();
  if (!name.starts_with(k_before) || !name.ends_with(k_behind) ||
      name.size() <= k_before.size() + k_behind.size())
    return false;
  const auto id = name.substr(k_before.size(), name.size() - k_before.size() - k_behind.size());
  std::error_code error;
  return id.find_first_not_of("0123456789") == std::string::npos &&
         entry.symlink_status(error).type() == std::filesystem::file_type::regular &&
         entry.file_size(error) == 0 && !error;
}

} // namespace

void remove_stage_marks(const std::string& runtime_dir) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(runtime_dir, error), end; !error && it != end;
       it.increment(error))
    if (is_mark(*it))
      ::unlink(it->path().c_str());
}

} // namespace kbtf
