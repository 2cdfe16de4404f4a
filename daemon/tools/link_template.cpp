// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_template.hpp"

#include "daemon/tools/saved_command.hpp"
#include "util/words.hpp"

namespace kbtf {
namespace {

constexpr std::string_view k_suffix = ".ko";

// "fs/a" of "fs/a.ko"; empty for another name.
std::string_view stem_of(std::string_view ko) {
  return ko.ends_with(k_suffix) ? ko.substr(0, ko.size() - k_suffix.size()) : std::string_view();
}

} // namespace

std::string link_command_for(std::string_view command, std::string_view from, std::string_view to) {
  const std::string_view old_stem = stem_of(from);
  const std::string_view new_stem = stem_of(to);
  if (old_stem.empty() || new_stem.empty())
    return {};
  bool is_found = false;
  // Anything else is another name that contains the same letters.
  const auto is_module = [&](std::size_t at, std::size_t end) {
    const bool begins = at == 0 || !is_plain_name(command.substr(at - 1, 1));
    const bool ends = end < command.size() && command[end] == '.';
    is_found = is_found || (begins && ends);
    return begins && ends;
  };
  std::string result = replace_where(command, old_stem, new_stem, is_module);
  // Does the result name the other module?
  return is_found && result.find(to) != std::string::npos ? result : std::string();
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
  return split_words(a) == split_words(b);
}

} // namespace kbtf
