// SPDX-License-Identifier: GPL-2.0-only
// ToolReader: scripts, and what they need.
#include "daemon/tools/find_program.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/tool_reader.hpp"
#include "util/fd.hpp"
#include "util/words.hpp"

#include <string_view>

namespace kbtf {
namespace {

// A wrapper may run a wrapper, which may run another.
constexpr int k_max_depth = 3;
constexpr std::size_t k_max_script = 1 << 20;
constexpr std::size_t k_max_auto_conf = 16u << 20;

Unexpected unclear(std::string text) {
  return unexpected(ErrorKind::unsupported, std::move(text));
}

// The line of an option in auto.conf: "CONFIG_X=y", or nothing.
std::string option_in(const std::string& auto_conf, const std::string& name) {
  const std::string start = "\n" + name + "=";
  const auto at = auto_conf.find(start);
  if (at == std::string::npos)
    return "not set";
  return auto_conf.substr(at + start.size(), auto_conf.find('\n', at + 1) - at - start.size());
}

ToolKind kind_of(const std::string& variable) {
  if (variable == "PAHOLE")
    return ToolKind::pahole;
  return variable == "OBJCOPY" ? ToolKind::objcopy : ToolKind::resolve_btfids;
}

} // namespace

Status ToolReader::add_tree_script(const std::string& shell, const std::string& script) {
  const std::string path = absolute_path(m_around.cwd, script);
  if (auto added = add_shell(shell, 1); !added)
    return added;
  if (auto added = add_content(path); !added)
    return added;
  return add_script_text(path, ScriptKind::of_tree, 1);
}

Status ToolReader::add_script(const std::string& path, const std::string& interpreter,
                              const Use& use) {
  if (use.role == ProgramRole::launcher || use.role == ProgramRole::shell)
    return unclear(path + ": a script in a program's place");
  if (use.depth >= k_max_depth)
    return unclear(path + ": wrapper of a wrapper of a wrapper");
  if (auto added = add_interpreter(path, interpreter, use.depth + 1); !added)
    return added;
  // Kbuild names resolve_btfids by its path in the tree: a script there is Kbuild's own.
  const bool is_own = use.kind == ToolKind::resolve_btfids && is_in_tree(path);
  return add_script_text(path, is_own ? ScriptKind::of_tree : ScriptKind::wrapper, use.depth + 1);
}

bool ToolReader::is_in_tree(const std::string& path) const {
  const std::string objtree = m_around.value("objtree").value_or(".");
  return path.starts_with(m_around.cwd + "/") ||
         path.starts_with(absolute_path(m_around.cwd, objtree) + "/");
}

// "/bin/sh -e", "/usr/bin/env bash".
Status ToolReader::add_interpreter(const std::string& path, const std::string& line, int depth) {
  auto words = split_words(line);
  words.resize(3);
  const std::string& program = words[0];
  const std::string& argument = words[1];
  const std::string& more = words[2];
  if (program.ends_with("/env") && is_shell(argument) && more.empty()) {
    if (auto added = add_program(program, {ProgramRole::launcher, ToolKind::launcher, depth});
        !added)
      return added;
    return add_shell(argument, depth);
  }
  const bool has_options =
      argument.starts_with('-') && argument.find_first_not_of("-efux") == std::string::npos;
  if (!is_shell(program) || (!argument.empty() && !has_options) || !more.empty())
    return unclear(path + ": a script for " + line.substr(line.find_first_not_of(' ')) +
                   ", which kbtf does not read");
  return add_shell(program, depth);
}

Status ToolReader::add_shell(const std::string& name, int depth) {
  for (const char* option : {"BASHOPTS", "IFS", "POSIXLY_CORRECT", "PS4", "SHELLOPTS"})
    if (auto added = add_variable(option); !added)
      return added;
  return add_program(name, {ProgramRole::shell, std::nullopt, depth});
}

Status ToolReader::add_script_text(const std::string& path, ScriptKind kind, int depth) {
  const auto text = read_file(path, k_max_script);
  if (!text)
    return text.forward_error();
  const auto needs = script_needs(*text, kind, m_around);
  if (!needs)
    return unclear(path + ": " + needs.error().text);
  // It was read after it was hashed: check that it is still the same.
  const auto now = m_hashes.whole(path);
  if (!now || now->hash != hash_text(*text))
    return unexpected(ErrorKind::file_moved, path + ": changed while it was read");
  m_scripts.push_back({path, *needs});
  auto added = add_needs(*needs, depth);
  if (!added && added.error().text.starts_with("cannot tell"))
    return unclear(path + ": " + added.error().text);
  return added;
}

Status ToolReader::add_needs(const ScriptNeeds& needs, int depth) {
  m_commands.insert(needs.commands.begin(), needs.commands.end());
  for (const auto& program : needs.programs)
    if (auto added = add_program(program.name, {program.role, std::nullopt, depth}); !added)
      return added;
  for (const auto& name : needs.tool_names)
    if (auto added = add_named_tool(name); !added)
      return added;
  for (const auto& name : needs.compilers)
    if (auto added = add_compiler(name, depth); !added)
      return added;
  for (const auto& name : needs.variables)
    if (auto added = add_variable(name); !added)
      return added;
  for (const auto& path : needs.files)
    if (auto added = add_file(path); !added)
      return added;
  for (const auto& path : needs.mentions)
    if (auto added = add_mention(path); !added)
      return added;
  return add_options(needs.options);
}

// Functions that bash has exported ("BASH_FUNC_pahole%%=() { …") take precedence over programs and
// most builtins, in every shell that is bash, whatever its name.
Status ToolReader::check_functions() const {
  for (const auto& variable : m_around.environment)
    for (const auto& word : m_commands)
      if (variable.starts_with("BASH_FUNC_" + word + "%%=") ||
          variable.starts_with("BASH_FUNC_" + word + "()="))
        return unclear(word + " is a function of the environment (" +
                       variable.substr(0, variable.find('=')) + ")");
  return Ok{};
}

// Scripts are read with make's environment, which lacks a value that another script or a launcher
// sets. (Values that a script assigns itself are never taken as known.)
Status ToolReader::check_variables() const {
  const auto find_setter = [this](const ReadScript& reader, const std::string& name) {
    if (m_set_for_tools.contains(name))
      return std::string("the command that runs it");
    for (const auto& other : m_scripts)
      if ((other.path == reader.path ? other.needs.launched_with : other.needs.sets).contains(name))
        return other.path;
    return std::string();
  };
  for (const auto& script : m_scripts)
    for (const auto& name : script.needs.reads)
      if (const auto setter = find_setter(script, name);
          !setter.empty() && !script.needs.assigns.contains(name))
        return unclear(script.path + ": reads $" + name + ", which " + setter + " sets");
  return Ok{};
}

// A script runs the tool from the environment; make exports its own variable there.
Status ToolReader::add_named_tool(const std::string& variable) {
  const auto given = m_texts.find(variable);
  const auto value = m_around.value(variable);
  if (given != m_texts.end() && value && split_words(*value) != split_words(given->second))
    return unclear(variable + " of the environment is not make's");
  return add_tool(variable, kind_of(variable),
                  given != m_texts.end() ? given->second : value.value_or(""));
}

// "ccache gcc": adds each word that is a program.
Status ToolReader::add_compiler(const std::string& variable, int depth) {
  for (const auto& word : split_words(m_around.value(variable).value_or("")))
    if (const auto path = find_program(word, m_around.cwd, m_around.path); !path.empty())
      if (auto added = add_program(word, {ProgramRole::compiler, std::nullopt, depth}); !added)
        return added;
  return add_variable(variable);
}

Status ToolReader::add_options(const std::set<std::string>& options) {
  if (options.empty())
    return Ok{};
  const std::string objtree = m_around.value("objtree").value_or(".");
  const std::string path = absolute_path(m_around.cwd, objtree + "/include/config/auto.conf");
  const auto auto_conf = read_file(path, k_max_auto_conf);
  for (const auto& option : options)
    add_text(option, auto_conf ? option_in("\n" + *auto_conf, option) : "no auto.conf");
  return Ok{};
}

} // namespace kbtf
