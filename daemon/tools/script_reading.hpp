// SPDX-License-Identifier: GPL-2.0-only
// The implementation of script_needs(), for its own files only: walks a script's commands and notes
// what they need, or says where it stopped understanding. script_needs.cpp has the text as a whole,
// script_commands.cpp the single command.
#pragma once

#include "daemon/shell/shell_text.hpp"
#include "daemon/tools/script_needs.hpp"
#include "daemon/tools/script_words.hpp"

#include <span>

namespace kbtf {

class ScriptReading {
public:
  ScriptReading(ScriptKind kind, const Surroundings& around) : m_kind(kind), m_around(around) {}

  Status read(std::string_view text);
  [[nodiscard]] ScriptNeeds finish() && { return std::move(m_needs); }

private:
  using Words = std::span<const ShellWord>;
  enum class Lookup { with_functions, programs_only }; // after exec and command

  [[nodiscard]] Unexpected unclear(const std::string& what) const;
  [[nodiscard]] Unexpected unclear_command(const std::string& source) const;
  [[nodiscard]] bool is_of_tree() const { return m_kind == ScriptKind::of_tree; }
  // A word's value, as far as the text and the environment determine it.
  [[nodiscard]] std::optional<std::string> value_of(const ShellWord& word) const;

  // The text.
  Status read_text(const ShellText& script);
  void note_declared(const ShellCommand& command);
  void add_options(std::string_view text);
  Status add_variable(const std::string& name);
  void add_mentions(Words words);
  Status add_operands(Words words);        // of a tool, or of a command that passes them on to one
  Status add_input(const ShellWord& word); // a file that is certainly read
  Status refuse_lists(Words words, Quoted quoted) const;
  Status refuse_lists(const ShellCommand& command) const;

  // One command.
  Status read_command(const ShellCommand& command);
  Status run(Words words, Lookup lookup); // starting at the word in command position
  Status run_function(const std::string& name, Words rest);
  Status run_behind(const ShellWord& first, Words rest);
  Status run_launched(Words words);
  Status run_program(const ShellWord& word, const std::string& name, Words rest);
  Status read_builtin(const std::string& name, Words rest);
  Status read_test(const std::string& name, Words rest);
  Status read_declaration(const std::string& name, Words rest);
  Status read_printf(Words rest);
  Status read_set(Words rest);
  Status read_trap(Words rest);
  Status read_sourced(Words rest);

  ScriptKind m_kind;
  const Surroundings& m_around;
  int m_line = 0;
  std::set<std::string> m_functions;
  std::set<std::string> m_assigns;
  ScriptNeeds m_needs;
};

} // namespace kbtf
