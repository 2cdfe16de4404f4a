// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/pahole_call.hpp"

#include "daemon/tools/find_program.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

namespace kbtf {
namespace {

using Words = std::vector<std::string>;

// Whether the word means the same to a shell.
bool is_plain(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("/._-+=,:@%", c) != nullptr;
  });
}

// Number of threads, verbosity, base, output file: none changes the types.
bool is_left_out(std::string_view word) {
  return word.starts_with("-j") || word.starts_with("--jobs") || word == "-V" ||
         word == "--verbose" || word.starts_with("--btf_base=") ||
         word.starts_with("--btf_encode_detached=");
}

// The words after `-J` up to the end of the simple command: "pahole -J FLAGS --btf_base B x.ko;"
Expected<Words> flags_in(const Words& words, const Words& pahole, const std::string& target) {
  const auto at = std::search(words.begin(), words.end(), pahole.begin(), pahole.end());
  auto it = at == words.end() ? at : at + static_cast<std::ptrdiff_t>(pahole.size());
  if (it == words.end() || *it != "-J")
    return unexpected(ErrorKind::unsupported, "cmd_btf_ko is not of the form \"pahole -J\"");
  Words flags;
  bool has_target = false;
  for (; it != words.end(); ++it) {
    std::string word = *it;
    const bool is_last = word.ends_with(";");
    while (word.ends_with(";"))
      word.pop_back();
    if (word == "&&" || word == "||" || word == "|")
      break;
    if (word == target)
      has_target = true;
    else if (!word.empty() && word != "\\")
      flags.push_back(word);
    if (is_last)
      break;
  }
  if (!has_target)
    return unexpected(ErrorKind::unsupported, "cmd_btf_ko does not name the module after pahole");
  return flags;
}

// Drops what is_left_out() names, and --btf_base with its value.
Words without_base(const Words& flags) {
  Words kept;
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (flags[i] == "--btf_base")
      ++i;
    else if (!is_left_out(flags[i]))
      kept.push_back(flags[i]);
  return kept;
}

} // namespace

Expected<PaholeCall> pahole_call(const PaholeText& text) {
  const Words pahole = split_words(text.pahole);
  if (pahole.empty())
    return unexpected(ErrorKind::unsupported, "no pahole is named");
  const std::string program = find_program(pahole.front(), text.cwd, text.path);
  if (program.empty())
    return unexpected(ErrorKind::not_found, pahole.front() + ": not found");
  const Words words = split_words(text.command);
  const bool is_script = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "gen-btf.sh" || word.ends_with("/gen-btf.sh");
  });
  Words flags{"-J"};
  if (is_script) {
    const Words given = split_words(text.pahole_flags);
    flags.insert(flags.end(), given.begin(), given.end());
  } else {
    auto found = flags_in(words, pahole, text.target);
    if (!found)
      return found.forward_error();
    flags = *std::move(found);
  }
  PaholeCall call{{program}, text.path, text.library_path, text.environment, is_script};
  call.words.insert(call.words.end(), pahole.begin() + 1, pahole.end());
  const Words kept = without_base(flags);
  call.words.insert(call.words.end(), kept.begin(), kept.end());
  const auto odd = std::find_if_not(call.words.begin(), call.words.end(), is_plain);
  if (odd != call.words.end())
    return unexpected(ErrorKind::unsupported, *odd + ": only a shell can read this");
  return call;
}

} // namespace kbtf
