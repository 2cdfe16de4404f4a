// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/tool_key.hpp"

#include "daemon/tools/btf_command.hpp"
#include "daemon/tools/command_text.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/script_words.hpp"
#include "daemon/tools/tool_reader.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

struct Variable {
  const char* name;
  ToolKind kind;
};
// In the order of ToolSpec::tools.
constexpr std::array k_variables = {Variable{"PAHOLE", ToolKind::pahole},
                                    Variable{"RESOLVE_BTFIDS", ToolKind::resolve_btfids},
                                    Variable{"OBJCOPY", ToolKind::objcopy}};

Status add_tools(const ToolSpec& spec, ToolReader& reader) {
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < spec.tools.size() && i < k_variables.size(); ++i)
    texts.emplace(k_variables[i].name, spec.tools[i]);
  reader.set_tools(texts);
  for (const auto& [name, kind] : k_variables)
    if (auto added = reader.add_tool(name, kind, texts[name]); !added)
      return added;
  return Ok{};
}

std::vector<std::string> words_of(const ToolSpec& spec, std::size_t tool) {
  const auto words = tool_words(tool < spec.tools.size() ? spec.tools[tool] : "");
  return words ? *words : std::vector<std::string>();
}

// The objcopy that pahole runs by itself. It may be missing: not every pahole runs it.
Status add_paholes_objcopy(const ToolSpec& spec, ToolReader& reader) {
  const std::string name = spec.around.value("LLVM_OBJCOPY").value_or("llvm-objcopy");
  auto added = reader.add_tool("LLVM_OBJCOPY", ToolKind::objcopy, name);
  if (added || added.error().kind != ErrorKind::not_found)
    return added;
  reader.add_text(name, "missing");
  return Ok{};
}

Status add_names(const ToolSpec& spec, const std::string& word, ToolReader& reader) {
  for (const auto& name : possible_names(word))
    if (auto added = reader.add_mention(absolute_path(spec.around.cwd, name)); !added)
      return added;
  return Ok{};
}

// A shell splits the value: each part may be an option with a file.
Status add_read_variable(const ToolSpec& spec, const std::string& name, ToolReader& reader) {
  const std::string value = spec.around.value(name).value_or("");
  if (is_shell_pattern(value))
    return unexpected(ErrorKind::unsupported,
                      "cmd_btf_ko reads $" + name + ", which may stand for files");
  for (const auto& word : split_words(value))
    if (auto added = add_names(spec, word, reader); !added)
      return added;
  return reader.add_variable(name);
}

// Variables of the environment, and other files that it names (in the values of options, say).
Status add_what_it_reads(const ToolSpec& spec, const BtfCommand& command, ToolReader& reader) {
  const auto value_of = [&spec](const std::string& name) { return spec.around.value(name); };
  for (const auto& name : command.reads)
    if (auto added = add_read_variable(spec, name, reader); !added)
      return added;
  for (const auto& path : command.inputs)
    if (auto added = reader.add_file(absolute_path(spec.around.cwd, path)); !added)
      return added;
  for (const auto& word : command.words) {
    const auto value = word.expand(value_of);
    if (!value && joins_parts(word))
      return unexpected(ErrorKind::unsupported,
                        "cmd_btf_ko: cannot tell which file " + word.source + " is");
    if (auto added = add_names(spec, value.value_or(""), reader); !added)
      return added;
  }
  for (const auto& word :
       paths_in_command(with_placeholders(spec.command, spec.target, spec.base), "", ""))
    if (auto added = reader.add_mention(absolute_path(spec.around.cwd, word)); !added)
      return added;
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
  for (const auto& name : command->sets)
    reader.note_set(name);
  return add_what_it_reads(spec, *command, reader);
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
  if (auto checked = check_surroundings(spec.around); !checked)
    return checked.forward_error();
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
