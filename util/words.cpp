// SPDX-License-Identifier: GPL-2.0-only
#include "util/words.hpp"

namespace kbtf {

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  return runs_of(text,
                 [separators](char c) { return separators.find(c) == std::string_view::npos; });
}

std::vector<std::string> split_words(std::string_view text) {
  const auto words = split(text, " \t\n\v\f\r");
  return {words.begin(), words.end()};
}

std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const auto size = std::min(list.find(':'), list.size());
    parts.push_back(list.substr(0, size));
    list.remove_prefix(std::min(size + 1, list.size()));
  }
  return parts;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  return replace_where(text, from, to, [](std::size_t, std::size_t) { return true; });
}

} // namespace kbtf
