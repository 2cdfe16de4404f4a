// SPDX-License-Identifier: GPL-2.0-only
// ScriptReading: what one command runs.
#include "daemon/tools/launcher.hpp"
#include "daemon/tools/script_reading.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <array>

namespace kbtf {

bool is_shell(const std::string& program) {
  const std::string_view name = std::string_view(program).substr(program.rfind('/') + 1);
  return name == "sh" || name == "bash" || name == "dash" || name == "ash" || name == "ksh" ||
         name == "mksh";
}

Status ScriptReading::read_command(const ShellCommand& command) {
  if (auto done = refuse_lists(command); !done)
    return done;
  // Their output could become part of a name.
  if (command.in_substitution && !is_of_tree() && !command.words.empty())
    if (const auto name = command.words.front().literal(); name == "echo" || name == "printf")
      return unclear_command(command.words.front().source);
  for (const auto& assignment : command.assignments) {
    // Kbuild's own commands set this for pahole.
    const bool is_objcopy =
        assignment.name == "LLVM_OBJCOPY" && assignment.value.variable() == "OBJCOPY";
    if (decides_tools(assignment.name) && !is_objcopy)
      return unclear("sets " + assignment.name);
    if (auto done = add_operands({&assignment.value, 1}); !done)
      return done;
  }
  for (const auto& redirection : command.redirections)
    if (redirection.op == "<" || redirection.op == "<>")
      if (auto done = add_input(redirection.target); !done)
        return done;
  return command.words.empty() ? Status(Ok{}) : run(command.words, Lookup::with_functions);
}

Status ScriptReading::run(Words words, Lookup lookup) {
  const ShellWord& first = words.front();
  const Words rest = words.subspan(1);
  if (const auto name = first.variable(); name && !m_assigns.contains(*name)) {
    const bool is_compiler = is_of_tree() && is_compiler_variable(*name);
    if (is_tool_variable(*name) || is_compiler) {
      (is_compiler ? m_needs.compilers : m_needs.tool_names).insert(*name);
      return add_operands(rest);
    }
  }
  const auto name = value_of(first);
  if (!name)
    return unclear_command(first.source);
  m_needs.commands.insert(*name);
  const bool is_builtin = *name == "exec" || *name == "command" || *name == "trap" ||
                          *name == "." || is_declaration(*name) || is_plain_builtin(*name);
  if (m_functions.contains(*name) && lookup == Lookup::with_functions)
    return is_builtin ? unclear_command(first.source) : run_function(*name, rest);
  if (*name == "exec" || *name == "command")
    return run_behind(first, rest);
  if (is_builtin)
    return read_builtin(*name, rest);
  if (is_launcher(*name))
    return run_launched(words);
  return run_program(first, *name, rest);
}

// Its own commands are read where it is defined. It may not be defined yet when called.
Status ScriptReading::run_function(const std::string& name, Words rest) {
  m_needs.programs.insert({name, ProgramRole::hidden});
  return add_operands(rest);
}

Status ScriptReading::run_behind(const ShellWord& first, Words rest) {
  if (rest.empty())
    return Ok{};
  if (rest.front().source.starts_with('-'))
    return unclear_command(first.source + " " + rest.front().source);
  return run(rest, Lookup::programs_only);
}

Status ScriptReading::run_launched(Words words) {
  std::vector<std::optional<std::string>> values;
  for (const auto& word : words)
    values.push_back(value_of(word));
  const auto size = launcher_size(values, [this](const std::string& variable) {
    m_needs.launched_with.insert(variable);
    return decides_tools(variable);
  });
  if (!size)
    return unclear(size.error().text);
  m_needs.programs.insert({*values.front(), ProgramRole::launcher});
  const ShellWord& next = words[*size];
  const auto& name = values[*size];
  if (!name)
    return unclear_command(next.source);
  m_needs.commands.insert(*name);
  // It runs neither builtins nor functions: the word must be a program.
  return is_launcher(*name) ? run_launched(words.subspan(*size))
                            : run_program(next, *name, words.subspan(*size + 1));
}

Status ScriptReading::run_program(const ShellWord& word, const std::string& name, Words rest) {
  if (name.empty() || is_shell(name) || is_other_builtin(name))
    return unclear_command(word.source);
  const bool is_utilitys = is_of_tree() && is_utility(name.substr(name.rfind('/') + 1));
  m_needs.programs.insert({name, is_utilitys ? ProgramRole::utility : ProgramRole::tool});
  return add_operands(rest);
}

Status ScriptReading::read_builtin(const std::string& name, Words rest) {
  if (name == "trap")
    return read_trap(rest);
  if (name == ".")
    return read_sourced(rest);
  if (is_declaration(name))
    return read_declaration(name, rest);
  if (name == "[" || name == "test")
    return read_test(name, rest);
  if (name == "printf")
    return read_printf(rest);
  if (name == "set")
    return read_set(rest);
  // bash's "wait -p NAME" sets a variable.
  return name == "wait" && !rest.empty() ? unclear_command("wait " + rest.front().source)
                                         : Status(Ok{});
}

// bash's -v sets a variable. Kbuild's own script prints text that it has put together itself.
Status ScriptReading::read_printf(Words rest) {
  if (rest.empty())
    return Ok{};
  const auto format = rest.front().literal();
  const bool is_clear = format ? !format->starts_with('-') : is_of_tree();
  return is_clear ? Status(Ok{}) : unclear_command("printf " + rest.front().source);
}

// Options that stop a script, print what it does, or keep words as they are. Others (-k, -a) change
// what words mean.
Status ScriptReading::read_set(Words rest) {
  constexpr std::array<std::string_view, 6> k_names = {"errexit", "nounset", "noglob",
                                                       "xtrace",  "verbose", "pipefail"};
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto option = rest[i].literal();
    if (!option)
      return unclear_command("set " + rest[i].source);
    if (option == "--" || option == "-" || option->find_first_of("-+") != 0)
      break;
    if (option->size() < 2 || option->find_first_not_of("efuxvo", 1) != std::string::npos)
      return unclear_command("set " + rest[i].source);
    if (option->find('o') == std::string::npos)
      continue;
    const auto name = i + 1 < rest.size() ? rest[i + 1].literal() : std::string("(nothing)");
    if (!option->ends_with('o') || option->find('o') + 1 != option->size() || !name ||
        !is_one_of(*name, k_names))
      return unclear_command("set " + rest[i].source);
    ++i;
  }
  return add_operands(rest);
}

Status ScriptReading::read_test(const std::string& name, Words rest) {
  add_mentions(rest);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const std::string word = rest[i].literal().value_or("");
    const bool is_first = i == 0 || rest[i - 1].source == "!";
    if (is_other_test(word) || (word == "-a" && is_first))
      return unclear("cannot tell what \"" + name + " " + word + "\" finds");
    if (is_file_test(word) && i + 1 < rest.size() && rest[i + 1].source != "]")
      if (auto done = add_input(rest[i + 1]); !done)
        return done;
  }
  return Ok{};
}

// The first word is a command list, unless it is "-" or the only operand (a signal's name).
Status ScriptReading::read_trap(Words rest) {
  if (rest.size() < 2 || rest.front().source == "-")
    return Ok{};
  const auto text = rest.front().literal();
  const auto script = text ? read_shell(*text) : Expected<ShellText>(unclear_command(""));
  // A variable set here would count everywhere (bash can run a trap before each command).
  const auto sets = [](const ShellCommand& command) {
    return !command.words.empty() && is_declaration(command.words.front().literal().value_or(""));
  };
  if (!script || !script->functions.empty() || !script->assigns.empty() ||
      std::ranges::any_of(script->commands, sets))
    return unclear_command("trap " + rest.front().source);
  const int line = m_line;
  auto done = read_text(*script);
  m_line = line;
  return done ? done : unclear_command("trap " + rest.front().source);
}

} // namespace kbtf
