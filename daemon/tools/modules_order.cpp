// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/modules_order.hpp"

#include "util/words.hpp"

#include <filesystem>
#include <unordered_set>
#include <utility>

namespace kbtf {

std::vector<std::string> parse_modules_order(std::string_view text) {
  std::unordered_set<std::string> seen;
  std::vector<std::string> modules;
  for (auto& word : split_words(text)) {
    if (word.ends_with(".o"))
      word.replace(word.size() - 2, 2, ".ko");
    if (word.ends_with(".ko") && seen.insert(word).second)
      modules.push_back(std::move(word));
  }
  return modules;
}

std::string absolute_path(const std::string& cwd, const std::string& path) {
  return (std::filesystem::path(cwd) / path).lexically_normal().string();
}

std::string as_make_spells(std::string name) {
  while (name.starts_with("./"))
    name.erase(0, 2);
  return name;
}

} // namespace kbtf
