// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/saved_command.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace kbtf {
namespace {

// Bytes of any script count: a shell splits and expands none of them.
bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 ||
         (c != '\0' && std::strchr("/._-+@,~:%=", c) != nullptr);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

} // namespace

std::string saved_command_file(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".cmd";
}

std::string saved_command(std::string_view text, const std::string& target) {
  constexpr std::array k_prefixes = {"savedcmd_", "cmd_"};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    for (const char* prefix : k_prefixes) {
      const std::string start = prefix + target + " := ";
      if (!line.starts_with(start))
        continue;
      std::string command(line.substr(start.size()));
      replace_all(command, "$(pound)", "#");
      replace_all(command, "$$", "$");
      return command;
    }
  }
  return {};
}

std::string with_file_replaced(std::string_view command, const std::string& from,
                               const std::string& to) {
  std::string result;
  std::size_t done = 0;
  bool is_found = false;
  for (std::size_t at = command.find(from); at != std::string_view::npos;
       at = command.find(from, at + from.size())) {
    const std::size_t end = at + from.size();
    const bool is_word = (at == 0 || !is_name_character(command[at - 1])) &&
                         (end == command.size() || !is_name_character(command[end]));
    if (!is_word)
      return {};
    is_found = true;
    result += command.substr(done, at - done);
    result += to;
    done = end;
  }
  if (!is_found)
    return {};
  return result += command.substr(done);
}

std::vector<std::string> plain_words(std::string_view command) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < command.size();) {
    if (!is_name_character(command[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < command.size() && is_name_character(command[end]))
      ++end;
    words.emplace_back(command.substr(at, end - at));
    at = end;
  }
  return words;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_name_character);
}

} // namespace kbtf
