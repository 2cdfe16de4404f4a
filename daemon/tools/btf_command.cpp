// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/btf_command.hpp"

#include "daemon/shell/shell_text.hpp"
#include "daemon/tools/script_needs.hpp"
#include "daemon/tools/script_words.hpp"
#include "daemon/tools/surroundings.hpp"

#include <algorithm>
#include <optional>

namespace kbtf {
namespace {

using Words = std::vector<std::string>;

Unexpected unclear(const std::string& what) {
  return unexpected(ErrorKind::unsupported, "cmd_btf_ko " + what);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty())
    return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// The values of the words as far as they have any.
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

  Status read_command(const ShellCommand& command) {
    std::string objcopy;
    for (const auto& assignment : command.assignments) {
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
      return Ok{};
    if (is_shell(first) && values.size() > 1 && values[1] && !values[1]->starts_with('-')) {
      m_result.scripts.push_back({first, *values[1]});
      return Ok{};
    }
    return unclear("runs " + command.words.front().source + ", which kbtf does not know");
  }

  BtfCommand finish() && { return std::move(m_result); }

private:
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
  std::string text(command);
  replace_all(text, target, "@");
  replace_all(text, base, "vmlinux");
  return text;
}

Expected<BtfCommand> read_btf_command(const BtfCommandText& text, const BtfTools& tools) {
  const auto script = read_shell(with_placeholders(text.command, text.target, text.base));
  if (!script)
    return unclear("is not understood: " + script.error().text);
  if (!script->functions.empty())
    return unclear("defines a function");
  Reading reading(tools);
  for (const auto& command : script->commands)
    if (auto done = reading.read_command(command); !done)
      return done.forward_error();
  return std::move(reading).finish();
}

} // namespace kbtf
