// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/saved_command.hpp"

#include "util/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace kbtf {
namespace {

// Includes bytes of any script: a shell splits and expands none of them.
bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 ||
         (c != '\0' && std::strchr("/._-+@,~:%=", c) != nullptr);
}

} // namespace

std::string saved_command_file(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".cmd";
}

std::string saved_command(std::string_view text, const std::string& target) {
  constexpr std::array k_prefixes = {"savedcmd_", "cmd_"};
  for (const auto line : split(text, "\n"))
    for (const char* prefix : k_prefixes) {
      const std::string start = prefix + target + " := ";
      if (line.starts_with(start))
        return replace_all(replace_all(line.substr(start.size()), "$(pound)", "#"), "$$", "$");
    }
  return {};
}

std::string with_file_replaced(std::string_view command, const std::string& from,
                               const std::string& to) {
  bool is_found = false;
  bool is_part = false; // of a longer word
  std::string result = replace_where(command, from, to, [&](std::size_t at, std::size_t end) {
    const bool is_word = (at == 0 || !is_name_character(command[at - 1])) &&
                         (end == command.size() || !is_name_character(command[end]));
    (is_word ? is_found : is_part) = true;
    return true;
  });
  return is_found && !is_part ? result : std::string();
}

std::vector<std::string> plain_words(std::string_view command) {
  const auto words = runs_of(command, is_name_character);
  return {words.begin(), words.end()};
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_name_character);
}

} // namespace kbtf
