// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_template.hpp"

#include "daemon/tools/saved_command.hpp"

#include <sstream>

namespace kbtf {
namespace {

constexpr std::string_view k_suffix = ".ko";

// "fs/a" of "fs/a.ko"; empty for another name.
std::string_view stem_of(std::string_view ko) {
  return ko.ends_with(k_suffix) ? ko.substr(0, ko.size() - k_suffix.size()) : std::string_view();
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  return words;
}

} // namespace

std::string link_command_for(std::string_view command, std::string_view from, std::string_view to) {
  const std::string_view old_stem = stem_of(from);
  const std::string_view new_stem = stem_of(to);
  if (old_stem.empty() || new_stem.empty())
    return {};
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = command.find(old_stem); at != std::string_view::npos;
       at = command.find(old_stem, at + 1)) {
    const std::size_t end = at + old_stem.size();
    const bool begins = at == 0 || !is_plain_name(command.substr(at - 1, 1));
    const bool ends = end < command.size() && command[end] == '.';
    if (!begins || !ends)
      continue; // another name that has the same letters in it
    result.append(command.substr(done, at - done)).append(new_stem);
    done = end;
  }
  result += command.substr(done);
  // Is what it makes the other module now?
  return done != 0 && result.find(to) != std::string::npos ? result : std::string();
}

std::vector<std::string> link_inputs_for(const std::vector<std::string>& inputs,
                                         std::string_view from, std::string_view to) {
  std::vector<std::string> result;
  for (const auto& input : inputs) {
    const std::string own = std::string(stem_of(from)) + ".";
    result.push_back(
        input.starts_with(own) ? std::string(stem_of(to)) + input.substr(own.size() - 1) : input);
  }
  return result;
}

bool is_same_command(std::string_view a, std::string_view b) {
  return words_of(a) == words_of(b);
}

} // namespace kbtf
