// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/tool_key.hpp"

#include "daemon/tools/btf_command.hpp"
#include "daemon/tools/command_text.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/tool_reader.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

struct Variable {
  const char* name;
  ToolKind kind;
};
// As ToolSpec::tools has them.
constexpr std::array k_variables = {Variable{"PAHOLE", ToolKind::pahole},
                                    Variable{"RESOLVE_BTFIDS", ToolKind::resolve_btfids},
                                    Variable{"OBJCOPY", ToolKind::objcopy}};

Status add_tools(const ToolSpec& spec, ToolReader& reader) {
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < spec.tools.size() && i < k_variables.size(); ++i)
    texts.emplace(k_variables[i].name, spec.tools[i]);
  reader.set_tools(texts);
  for (const auto& [name, kind] : k_variables)
    if (auto added = reader.add_tool(kind, texts[name]); !added)
      return added;
  return Ok{};
}

std::vector<std::string> words_of(const ToolSpec& spec, std::size_t tool) {
  const auto words = tool_words(tool < spec.tools.size() ? spec.tools[tool] : "");
  return words ? *words : std::vector<std::string>();
}

// The objcopy that pahole runs by itself, which need not be there: not every pahole does.
Status add_paholes_objcopy(const ToolSpec& spec, ToolReader& reader) {
  const std::string name = spec.around.value("LLVM_OBJCOPY").value_or("llvm-objcopy");
  auto added = reader.add_tool(ToolKind::objcopy, name);
  if (added || added.error().kind != ErrorKind::not_found)
    return added;
  reader.add_text(name, "missing");
  return Ok{};
}

Status add_command(const ToolSpec& spec, ToolReader& reader) {
  const auto command = read_btf_command({spec.command, spec.target, spec.base},
                                        {words_of(spec, 0), words_of(spec, 1), words_of(spec, 2)});
  if (!command)
    return command.forward_error();
  for (const auto& word : command->command_words)
    reader.add_command_word(word);
  if (command->leaves_objcopy_to_pahole)
    if (auto added = add_paholes_objcopy(spec, reader); !added)
      return added;
  for (const auto& script : command->scripts)
    if (auto added = reader.add_tree_script(script.shell, script.path); !added)
      return added;
  // Files that it names besides (the values of options, say).
  for (const auto& word :
       paths_in_command(with_placeholders(spec.command, spec.target, spec.base), "", "")) {
    if (auto added = reader.add_mention(absolute_path(spec.around.cwd, word)); !added)
      return added;
  }
  return Ok{};
}

} // namespace

bool are_unchanged(const std::vector<ToolFile>& files) {
  const std::int64_t now = realtime_ns();
  return std::ranges::all_of(files, [now](const ToolFile& file) {
    const auto stamp = stamp_if_there(file.path);
    return stamp ? *stamp == file.stamp && is_settled(*stamp, now) : file.stamp == FileStamp{};
  });
}

Expected<ToolKey> tool_key(const ToolSpec& spec, FileHashes& hashes) {
  // make's shell for the command is bash then, which reads this first.
  if (spec.around.value("CONFIG_SHELL").value_or("").ends_with("bash") &&
      !spec.around.value("BASH_ENV").value_or("").empty())
    return unexpected(ErrorKind::unsupported, "BASH_ENV is set, and CONFIG_SHELL is bash");
  ToolReader reader(spec.around, hashes);
  reader.leave_out(absolute_path(spec.around.cwd, spec.base));
  reader.leave_out(absolute_path(spec.around.cwd, spec.target));
  reader.add_text("command", normalise_command(spec.command, spec.target));
  if (!spec.script_flags.empty())
    reader.add_text("flags", normalise_command(spec.script_flags, {}));
  if (auto added = add_tools(spec, reader); !added)
    return added.forward_error();
  if (auto added = add_command(spec, reader); !added)
    return added.forward_error();
  return std::move(reader).finish(tool_variables(spec.around));
}

} // namespace kbtf
