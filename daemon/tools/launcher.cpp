// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/launcher.hpp"

#include "daemon/shell/shell_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kbtf {
namespace {

struct Form {
  std::string_view name;
  std::string_view flags;   // letters of options without a value
  std::string_view valued;  // letters of options with a value, in the same word or the next
  std::string_view longs;   // " --flag --option= ": an option with = has its value in the same word
  std::size_t operands = 0; // before the command
};
constexpr std::array k_forms = {
    Form{"env", "", "u", " --unset= ", 0}, // and NAME=value
    Form{"nice", "", "n", " --adjustment= ", 0},
    Form{"ionice", "t", "cn", " --class= --classdata= --ignore ", 0},
    Form{"chrt", "bfiorRv", "", " --batch --fifo --idle --other --rr --reset-on-fork ", 1},
    Form{"taskset", "c", "", " --cpu-list ", 1},
    Form{"nohup", "", "", "", 0},
    Form{"setsid", "cfw", "", " --ctty --fork --wait ", 0},
    Form{"time", "apqv", "fo", " --portability --quiet --verbose --format= --output= ", 0},
    Form{"timeout", "v", "ks",
         " --foreground --preserve-status --verbose --kill-after= --signal= ", 1},
};

const Form* form_of(const std::string& word) {
  const auto name = std::string_view(word).substr(word.rfind('/') + 1);
  const auto it = std::ranges::find(k_forms, name, &Form::name);
  return it == k_forms.end() ? nullptr : &*it;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

enum class Option { none, alone, with_next, unknown };

Option long_option(const Form& form, const std::string& word) {
  std::string listed = " ";
  listed += word.substr(0, word.find('='));
  listed += word.find('=') == std::string::npos ? " " : "= ";
  return form.longs.find(listed) != std::string_view::npos ? Option::alone : Option::unknown;
}

Option option(const Form& form, const std::string& word) {
  if (word == "-")
    return Option::unknown; // env: with an empty environment
  if (!word.starts_with('-'))
    return Option::none;
  if (word.starts_with("--"))
    return long_option(form, word);
  if (form.name == "nice" && is_number(std::string_view(word).substr(1)))
    return Option::alone; // nice -5
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (form.valued.find(word[i]) != std::string_view::npos)
      return i + 1 < word.size() ? Option::alone : Option::with_next;
    if (form.flags.find(word[i]) == std::string_view::npos)
      return Option::unknown;
  }
  return Option::alone;
}

// The variable that word `i` of `env` sets or unsets; empty if none.
std::string variable_of(LiteralWords words, std::size_t i) {
  const std::string& word = *words[i];
  if (word == "-u" && i + 1 < words.size())
    return words[i + 1].value_or("");
  if (word.starts_with("--unset="))
    return word.substr(8);
  return word.starts_with("-u") ? word.substr(2) : word.substr(0, word.find('='));
}

} // namespace

bool is_launcher(const std::string& name) {
  return form_of(name) != nullptr;
}

Expected<std::size_t> launcher_size(LiteralWords words,
                                    const std::function<bool(const std::string&)>& decides) {
  const std::string& name = *words.front();
  const Form& form = *form_of(name);
  const auto unclear = [&name](const std::string& word) {
    return unexpected(ErrorKind::unsupported,
                      "cannot tell what \"" + name + " " + word + "\" runs");
  };
  std::size_t i = 1;
  for (std::size_t operands = 0; i < words.size(); ++i) {
    if (!words[i])
      return unclear("…");
    const std::string& word = *words[i];
    const Option kind = operands == 0 ? option(form, word) : Option::none;
    const bool is_assignment =
        form.name == "env" && kind == Option::none && word.find('=') != std::string::npos;
    if (kind == Option::unknown)
      return unclear(word);
    if (form.name == "env" && (kind != Option::none || is_assignment) &&
        decides(variable_of(words, i)))
      return unclear(word);
    if (kind == Option::with_next && ++i < words.size() && !words[i])
      return unclear(word);
    if (kind == Option::none && !is_assignment && operands++ == form.operands)
      break;
  }
  if (i >= words.size())
    return unexpected(ErrorKind::unsupported, name + " has no command behind it");
  return i;
}

} // namespace kbtf
