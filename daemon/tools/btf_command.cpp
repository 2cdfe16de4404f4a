// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/btf_command.hpp"

#include "daemon/tools/script_needs.hpp"
#include "daemon/tools/script_words.hpp"
#include "daemon/tools/surroundings.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <optional>

namespace kbtf {
namespace {

using Words = std::vector<std::string>;

Unexpected unclear(const std::string& what) {
  return unexpected(ErrorKind::unsupported, "cmd_btf_ko " + what);
}

// Replaces `from` where it is a whole word or an option's value.
std::string replace_words(std::string_view text, std::string_view from, std::string_view to) {
  constexpr std::string_view k_around = " \t\n\"'=;&|()";
  const auto is_end = [&](std::size_t at) { // also before the first character
    return at >= text.size() || k_around.find(text[at]) != std::string_view::npos;
  };
  return replace_where(text, from, to, [&](std::size_t at, std::size_t end) {
    return is_end(at - 1) && is_end(end);
  });
}

// The value of each word that has one.
std::vector<std::optional<std::string>> values_of(const ShellCommand& command) {
  std::vector<std::optional<std::string>> values;
  for (const auto& word : command.words)
    values.push_back(word.literal());
  return values;
}

bool begins_with(const std::vector<std::optional<std::string>>& values, const Words& tool) {
  return !tool.empty() && values.size() >= tool.size() &&
         std::equal(tool.begin(), tool.end(), values.begin());
}

class Reading {
public:
  explicit Reading(const BtfTools& tools) : m_tools(tools) {}

  Status read_text(const ShellText& script) {
    if (!script.functions.empty())
      return unclear("defines a function");
    for (const auto& setting : script.settings)
      if (decides_tools(setting.name))
        return unclear("sets " + setting.name);
    for (const auto& name : script.reads) {
      if (script.assigns.contains(name))
        return unclear("sets $" + name + " and reads it");
      if (is_shells_own(name))
        return unclear("reads $" + name + ", which the shell sets");
      if (is_shell_name(name))
        m_result.reads.insert(name);
    }
    m_result.sets = script.assigns;
    m_result.words = script.lists;
    for (const auto& command : script.commands)
      if (auto done = read_command(command); !done)
        return done;
    for (const auto& word : m_result.words)
      if (may_list_files(word, Quoted::is_safe))
        return unclear("names files by a pattern, " + word.source);
    return Ok{};
  }

  BtfCommand finish() && { return std::move(m_result); }

private:
  Status read_command(const ShellCommand& command) {
    for (const auto& redirection : command.redirections)
      if (auto done = read_redirection(redirection); !done)
        return done;
    m_result.words.insert(m_result.words.end(), command.words.begin(), command.words.end());
    std::string objcopy;
    for (const auto& assignment : command.assignments) {
      m_result.words.push_back(assignment.value);
      const auto value = assignment.value.literal();
      if (assignment.name == "LLVM_OBJCOPY" && value)
        objcopy = *value;
      else if (decides_tools(assignment.name))
        return unclear("sets " + assignment.name);
    }
    if (command.words.empty())
      return Ok{};
    const auto values = values_of(command);
    if (begins_with(values, m_tools.pahole))
      return note_pahole(values, objcopy);
    if (begins_with(values, m_tools.resolve_btfids) || begins_with(values, m_tools.objcopy))
      return Ok{};
    const std::string first = values.front().value_or("");
    m_result.command_words.push_back(first);
    if (is_plain_builtin(first))
      return read_builtin(first, values);
    if (is_shell(first) && values.size() > 1 && values[1] && !values[1]->starts_with('-')) {
      m_result.scripts.push_back({first, *values[1]});
      return Ok{};
    }
    return unclear("runs " + command.words.front().source + ", which kbtf does not know");
  }

  // A file that it reads is an input. A file that it writes could be read by the next command.
  Status read_redirection(const ShellRedirection& redirection) {
    const auto target = redirection.target.literal();
    const bool is_descriptor = redirection.op.ends_with('&') && target &&
                               target->find_first_not_of("0123456789-") == std::string::npos;
    if (is_descriptor || (target && is_stream(*target)))
      return Ok{};
    if (!target || redirection.op != "<")
      return unclear("has " + redirection.op + redirection.target.source +
                     ", and what becomes of that file cannot be told");
    m_result.inputs.push_back(*target);
    return Ok{};
  }

  // Other options of set, and printf -v, change what words mean.
  static Status read_builtin(const std::string& name,
                             const std::vector<std::optional<std::string>>& values) {
    const auto is_option = [](const std::optional<std::string>& value) {
      return value && value->starts_with('-') &&
             value->find_first_not_of("efuxv", 1) == std::string::npos;
    };
    const bool is_clear = name == "set" ? std::all_of(values.begin() + 1, values.end(), is_option)
                          : name == "printf"
                              ? values.size() > 1 && values[1] && !values[1]->starts_with('-')
                              : name != "wait" || values.size() == 1;
    return is_clear ? Status(Ok{})
                    : unclear("runs " + name + " with words that kbtf does not know");
  }

  Status note_pahole(const std::vector<std::optional<std::string>>& values,
                     const std::string& objcopy) {
    std::string make_has;
    for (const auto& word : m_tools.objcopy)
      make_has += (make_has.empty() ? "" : " ") + word;
    if (!objcopy.empty() && objcopy != make_has)
      return unclear("sets LLVM_OBJCOPY to another objcopy than make's");
    const bool is_detached = std::ranges::any_of(values, [](const auto& value) {
      return value && value->starts_with("--btf_encode_detached");
    });
    m_result.leaves_objcopy_to_pahole |= objcopy.empty() && !is_detached;
    return Ok{};
  }

  const BtfTools& m_tools;
  BtfCommand m_result;
};

} // namespace

std::string with_placeholders(std::string_view command, std::string_view target,
                              std::string_view base) {
  return replace_words(replace_all(command, target, "@"), base, "%BASE%");
}

Expected<BtfCommand> read_btf_command(const BtfCommandText& text, const BtfTools& tools) {
  const auto script = read_shell(with_placeholders(text.command, text.target, text.base));
  if (!script)
    return unclear("is not understood: " + script.error().text);
  Reading reading(tools);
  if (auto done = reading.read_text(*script); !done)
    return done.forward_error();
  return std::move(reading).finish();
}

} // namespace kbtf
