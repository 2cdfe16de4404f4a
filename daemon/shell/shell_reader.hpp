// SPDX-License-Identifier: GPL-2.0-only
// The implementation of read_shell(), for the files of this folder only: one pass over the text by
// recursive descent. shell_reader.cpp has the characters, shell_word.cpp and shell_expansion.cpp
// the words, shell_simple.cpp and shell_grammar.cpp the commands. Each function reads one construct
// and returns false if it does not understand it; the first reason is kept.
#pragma once

#include "daemon/shell/shell_text.hpp"

namespace kbtf {

class ShellReader {
public:
  // `depth`: how deep the text is nested in another one, as a substitution in backquotes; 0: not
  // nested.
  ShellReader(std::string_view text, ShellText& result, int line, int depth)
      : m_text(text), m_result(result), m_line(line), m_depth(depth),
        m_substitutions(depth > 0 ? 1 : 0) {}

  [[nodiscard]] bool read_all();
  [[nodiscard]] const std::string& error() const { return m_error; }

private:
  // Where the pieces of a word end.
  enum class Until {
    word_end,        // at a blank or an operator
    double_quote,    // before the closing quote
    brace,           // before the } of ${x:-…}
    brace_in_quotes, // the same inside double quotes, where shells differ about '
  };

  [[nodiscard]] bool fail(const std::string& what);
  [[nodiscard]] bool enter(); // one level deeper; pair with leave()
  void leave() { --m_depth; }

  // Characters.
  [[nodiscard]] bool at_end() const { return m_at >= m_text.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
  }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return m_text.substr(m_at).starts_with(text);
  }
  void advance(std::size_t count = 1);
  void skip_blanks();   // and continuation lines, and a comment
  void skip_newlines(); // and all of the above
  [[nodiscard]] std::string_view plain_word_ahead() const;
  [[nodiscard]] bool at_command_end() const;
  // The character that a shell sees at `at` after removing escaped newlines there; '\0' if there
  // are none.
  [[nodiscard]] char behind_line_end(std::size_t at) const;

  // Words.
  [[nodiscard]] bool read_word(ShellWord& word);
  [[nodiscard]] bool read_pieces(ShellWord& word, Until until);
  [[nodiscard]] bool read_piece(ShellWord& word, Until until);
  [[nodiscard]] bool read_single_quoted(ShellWord& word);
  [[nodiscard]] bool read_double_quoted(ShellWord& word);
  [[nodiscard]] bool read_backslash(ShellWord& word, Until until);
  [[nodiscard]] bool read_dollar(ShellWord& word, bool is_quoted);
  [[nodiscard]] bool read_braces(ShellWord& word, bool is_quoted);
  [[nodiscard]] bool read_substitution(ShellWord& word);
  [[nodiscard]] bool read_backquotes(ShellWord& word, bool is_quoted);
  [[nodiscard]] bool read_arithmetic(ShellWord& word);

  // Commands.
  [[nodiscard]] bool read_list();
  [[nodiscard]] bool read_separator(bool& is_over);
  [[nodiscard]] bool at_list_end() const;
  [[nodiscard]] bool read_command();
  [[nodiscard]] bool read_compound(std::string_view first, bool& is_compound);
  [[nodiscard]] bool read_simple();
  [[nodiscard]] bool read_simple_word(ShellCommand& command);
  [[nodiscard]] bool read_if();
  [[nodiscard]] bool read_loop();
  [[nodiscard]] bool read_for();
  [[nodiscard]] bool read_case();
  [[nodiscard]] bool read_case_item();
  [[nodiscard]] bool read_subshell();
  [[nodiscard]] bool read_group();
  [[nodiscard]] bool read_function(std::string_view name);
  [[nodiscard]] bool read_redirections(ShellCommand& command);
  [[nodiscard]] bool read_redirection(ShellCommand& command);
  [[nodiscard]] bool at_redirection() const;
  [[nodiscard]] bool expect(std::string_view word);
  void note_setting(std::string_view name);

  std::string_view m_text;
  ShellText& m_result;
  std::size_t m_at = 0;
  int m_line;
  int m_depth;
  int m_substitutions; // number of $( and ` around it
  std::string m_error;
};

// Appends a piece; merges adjacent text of the same kind.
void add_piece(ShellWord& word, ShellPiece::Kind kind, std::string_view text, bool is_quoted);

} // namespace kbtf
