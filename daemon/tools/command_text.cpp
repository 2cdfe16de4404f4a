// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/command_text.hpp"

#include "daemon/tools/btf_command.hpp"
#include "util/words.hpp"

#include <algorithm>

namespace kbtf {
namespace {

constexpr std::string_view k_blank = " \t"; // a newline separates commands

// Words roughly as the shell would see them: without blanks, quotes and ; & | ( ) < >.
std::vector<std::string_view> shell_words(std::string_view text) {
  return split(text, " \t\n\\\"'`;&|()<>");
}

// Words with their quotes and backslashes, which decide where a word ends. Drops a backslash at the
// end of a line; keeps one inside a word.
std::vector<std::string_view> words_as_written(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  char quote = '\0';
  const auto is_blank = [&](std::size_t at) {
    return at >= text.size() || k_blank.find(text[at]) != std::string_view::npos;
  };
  const auto end_word = [&](std::size_t at, std::size_t size) {
    if (at > begin)
      words.push_back(text.substr(begin, at - begin));
    begin = at + size;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_line_end = text.substr(i).starts_with("\\\n") && (i == begin || is_blank(i + 2));
    if (quote == '\0' && is_line_end)
      end_word(i++, 2);
    else if (c == '\\' && quote != '\'')
      ++i;
    else if (quote == '\0' && is_blank(i))
      end_word(i, 1);
    else if (c == quote)
      quote = '\0';
    else if (quote == '\0' && (c == '\'' || c == '"'))
      quote = c;
  }
  end_word(text.size(), 0);
  return words;
}

bool is_all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// pahole flags that change its speed or its output on the terminal, not what it writes. Before
// pahole 1.29, -j does decide bytes; the hook drops it there, so here it is only noise.
bool decides_no_bytes(std::string_view word) {
  return (word.starts_with("-j") && is_all_digits(word.substr(2))) || word.starts_with("--jobs=") ||
         word == "--jobs" || word == "--verbose" || word == "-V";
}

} // namespace

std::string base_of_command(std::string_view command) {
  constexpr std::string_view k_flag = "--btf_base";
  const auto words = shell_words(command);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == k_flag && i + 1 < words.size())
      return std::string(words[i + 1]);
    if (words[i].starts_with(k_flag) && words[i].size() > k_flag.size() + 1 &&
        words[i][k_flag.size()] == '=')
      return std::string(words[i].substr(k_flag.size() + 1));
  }
  return {};
}

std::string normalise_command(std::string_view command, std::string_view target) {
  std::string text;
  // The target first: its name may contain any characters.
  const std::string all = with_placeholders(command, target, {});
  for (const auto word : words_as_written(all)) {
    if (decides_no_bytes(word))
      continue;
    if (!text.empty())
      text += ' ';
    text += word;
  }
  return text;
}

std::vector<std::string> paths_in_command(std::string_view command, std::string_view base,
                                          std::string_view target) {
  std::vector<std::string> paths;
  for (auto word : shell_words(command)) {
    if (const auto equals = word.find('='); equals != std::string_view::npos)
      word.remove_prefix(equals + 1);
    if (word.find('/') == std::string_view::npos || word == base || word == target)
      continue;
    if (std::find(paths.begin(), paths.end(), word) == paths.end())
      paths.emplace_back(word);
  }
  return paths;
}

} // namespace kbtf
