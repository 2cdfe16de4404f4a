// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/script_needs.hpp"

#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/script_reading.hpp"
#include "util/words.hpp"

namespace kbtf {
namespace {

// The kernel's configuration: only the options that the script mentions count.
constexpr std::string_view k_auto_conf = "include/config/auto.conf";

// NAME of "NAME" or "NAME=value"; empty if only a shell could expand it.
std::string declared_name(const ShellWord& word) {
  if (word.pieces.empty() || word.pieces.front().kind != ShellPiece::Kind::text)
    return {};
  const std::string& text = word.pieces.front().text;
  const auto equals = text.find('=');
  if (equals == std::string::npos && word.pieces.size() > 1)
    return {};
  return text.substr(0, equals);
}

// "export -f" exports functions, "local -n" makes a name an alias: more than a variable's value.
bool is_option_that_changes_it(const std::string& builtin, const std::string& word) {
  const bool is_known =
      word == "-p" || (builtin == "read" && word == "-r") || (builtin == "unset" && word == "-v");
  return word.starts_with('-') && !is_known && builtin != "getopts";
}

} // namespace

std::vector<std::string> possible_names(const std::string& word) {
  std::vector<std::string> names;
  if (!word.starts_with('-'))
    names.push_back(word.substr(word.starts_with('@') ? 1 : 0));
  else if (!word.starts_with("--") && word.size() > 2)
    names.push_back(word.substr(2));
  if (const auto equals = word.find('='); equals != std::string::npos)
    names.push_back(word.substr(equals + 1));
  std::erase(names, "");
  return names;
}

Status ScriptReading::read(std::string_view text) {
  auto script = read_shell(text);
  if (!script)
    return script.forward_error();
  m_functions = script->functions;
  m_assigns = script->assigns;
  for (const auto& command : script->commands)
    note_declared(command);
  add_options(text);
  auto done = read_text(*script);
  m_needs.assigns = m_assigns;
  m_needs.sets = m_assigns;
  m_needs.sets.insert(m_needs.launched_with.begin(), m_needs.launched_with.end());
  return done;
}

Status ScriptReading::read_text(const ShellText& script) {
  for (const auto& setting : script.settings)
    if (decides_tools(setting.name)) {
      m_line = setting.line;
      return unclear("sets " + setting.name);
    }
  for (const auto& command : script.commands) {
    m_line = command.line;
    if (auto done = read_command(command); !done)
      return done;
  }
  for (const auto& name : script.reads)
    if (auto done = add_variable(name); !done)
      return done;
  return refuse_lists(script.lists, Quoted::may_lose_quotes);
}

Unexpected ScriptReading::unclear(const std::string& what) const {
  return unexpected(ErrorKind::unsupported, "line " + std::to_string(m_line) + ": " + what);
}

Unexpected ScriptReading::unclear_command(const std::string& source) const {
  return unclear("cannot tell what \"" + source + "\" runs");
}

std::optional<std::string> ScriptReading::value_of(const ShellWord& word) const {
  return word.expand([this](const std::string& name) -> std::optional<std::string> {
    if (!is_shell_name(name) || m_assigns.contains(name) || is_shells_own(name))
      return std::nullopt;
    return m_around.value(name);
  });
}

// Names that builtins assign count like those of assignments.
void ScriptReading::note_declared(const ShellCommand& command) {
  if (command.words.empty() || !is_declaration(command.words.front().literal().value_or("")))
    return;
  for (const auto& word : Words(command.words).subspan(1))
    m_assigns.insert(declared_name(word));
}

void ScriptReading::add_options(std::string_view text) {
  constexpr std::string_view k_prefix = "CONFIG_";
  for (auto at = text.find(k_prefix); at != std::string_view::npos;
       at = text.find(k_prefix, at + 1)) {
    const auto rest = text.substr(at);
    const auto name =
        rest.substr(0, rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
    if (name.size() > k_prefix.size())
      m_needs.options.emplace(name);
  }
}

Status ScriptReading::add_variable(const std::string& name) {
  m_needs.reads.insert(name);
  if (is_shells_own(name))
    return unexpected(ErrorKind::unsupported, "reads $" + name + ", which the shell sets");
  if (!is_of_tree() && is_shell_name(name) && is_shell_pattern(m_around.value(name).value_or("")))
    return unexpected(ErrorKind::unsupported, "reads $" + name + ", which may stand for files");
  if (is_shell_name(name) && !is_tool_variable(name) && !(is_of_tree() && is_about_output(name)))
    m_needs.variables.insert(name);
  // A shell splits the value: each part may be an option with a file.
  for (const auto& word : split_words(is_of_tree() ? "" : m_around.value(name).value_or("")))
    for (const auto& path : possible_names(word))
      m_needs.mentions.insert(absolute_path(m_around.cwd, path));
  return Ok{};
}

void ScriptReading::add_mentions(Words words) {
  for (const auto& word : words)
    if (const auto value = value_of(word))
      for (const auto& name : possible_names(*value))
        if (!is_stream(name) && !(is_of_tree() && name.ends_with(k_auto_conf)))
          m_needs.mentions.insert(absolute_path(m_around.cwd, name));
}

Status ScriptReading::add_operands(Words words) {
  for (const auto& word : words) {
    const auto value = value_of(word);
    if (!is_of_tree() && !value && joins_parts(word))
      return unclear("cannot tell which file " + word.source + " is");
    // The words of a response file would have to be read as well.
    if (!is_of_tree() && value && value->size() > 1 && value->starts_with('@'))
      return unclear("cannot tell which words " + word.source + " stands for");
  }
  add_mentions(words);
  return Ok{};
}

Status ScriptReading::add_input(const ShellWord& word) {
  const auto path = value_of(word);
  if (!path && !is_of_tree())
    return unclear("cannot tell which file " + word.source + " is");
  if (path && !is_stream(*path))
    m_needs.files.insert(absolute_path(m_around.cwd, *path));
  return Ok{};
}

// A pattern matches the files that exist at the time. Kbuild's own scripts match the module's
// files.
Status ScriptReading::refuse_lists(Words words, Quoted quoted) const {
  for (const auto& word : words)
    if (!is_of_tree() && may_list_files(word, quoted))
      return unclear("cannot tell which files " + word.source + " stands for");
  return Ok{};
}

Status ScriptReading::refuse_lists(const ShellCommand& command) const {
  const std::string name = command.words.empty() ? "" : command.words[0].literal().value_or("");
  const bool only_looks = name == "echo" || name == "printf" || name == "[" || name == "test";
  const auto quoted = only_looks ? Quoted::is_safe : Quoted::may_lose_quotes;
  if (auto done = refuse_lists(command.words, quoted); !done)
    return done;
  for (const auto& assignment : command.assignments)
    if (auto done = refuse_lists({&assignment.value, 1}, Quoted::may_lose_quotes); !done)
      return done;
  return Ok{};
}

Status ScriptReading::read_declaration(const std::string& name, Words rest) {
  if (!is_of_tree() && (name == "read" || name == "getopts"))
    return unclear_command(name);
  for (const auto& word : rest) {
    const std::string declared = declared_name(word);
    if (declared.empty() || is_option_that_changes_it(name, declared))
      return unclear("cannot tell what \"" + name + " " + word.source + "\" sets");
    if (decides_tools(declared))
      return unclear("sets " + declared);
  }
  return add_operands(rest);
}

Status ScriptReading::read_sourced(Words rest) {
  const std::string source = rest.empty() ? std::string() : rest.front().source;
  if (!is_of_tree() || rest.size() != 1 || !source.ends_with(k_auto_conf))
    return unclear_command(". " + source);
  return Ok{};
}

Expected<ScriptNeeds> script_needs(std::string_view text, ScriptKind kind,
                                   const Surroundings& around) {
  ScriptReading reading(kind, around);
  if (auto done = reading.read(text); !done)
    return done.forward_error();
  return std::move(reading).finish();
}

} // namespace kbtf
