// SPDX-License-Identifier: GPL-2.0-only
// Splits text. Pure; views point into the given text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// The longest runs of characters for which is_part(char) holds, in order.
template <typename F>
[[nodiscard]] std::vector<std::string_view> runs_of(std::string_view text, F&& is_part) {
  std::vector<std::string_view> runs;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if(at, text.end(), is_part);
    at = std::find_if_not(begin, text.end(), is_part);
    if (begin != at)
      runs.emplace_back(begin, at);
  }
  return runs;
}

// The parts between any of `separators`; skips empty parts.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separators);

// The words of a text, separated by blanks and newlines as in make, or in a shell without quotes.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

// The parts of a list such as PATH, including empty ones except an empty last one.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view list);

[[nodiscard]] inline bool is_one_of(std::string_view word,
                                    std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Replaces each `from` in `text` for which is_whole(its begin, its end) holds (indexes; the end is
// exclusive), and keeps the rest.
template <typename F>
[[nodiscard]] std::string replace_where(std::string_view text, std::string_view from,
                                        std::string_view to, F&& is_whole) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = from.empty() ? std::string_view::npos : text.find(from);
       at != std::string_view::npos;) {
    const std::size_t end = at + from.size();
    const bool is_replaced = is_whole(at, end);
    if (is_replaced) {
      result.append(text.substr(done, at - done)).append(to);
      done = end;
    }
    at = text.find(from, is_replaced ? end : at + 1);
  }
  return result.append(text.substr(done));
}

// Replaces every `from`.
[[nodiscard]] std::string replace_all(std::string_view text, std::string_view from,
                                      std::string_view to);

} // namespace kbtf
