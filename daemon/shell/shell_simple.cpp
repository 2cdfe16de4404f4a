// SPDX-License-Identifier: GPL-2.0-only
// ShellReader: simple commands and redirections.
#include "daemon/shell/shell_reader.hpp"

namespace kbtf {
namespace {

constexpr std::string_view k_digits = "0123456789";
constexpr std::string_view k_name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

} // namespace

bool ShellReader::read_simple() {
  ShellCommand command{m_line, m_substitutions > 0, {}, {}, {}};
  for (skip_blanks(); !at_command_end(); skip_blanks()) {
    if (peek() == '(')
      return fail("unexpected (");
    if (!(at_redirection() ? read_redirection(command) : read_simple_word(command)))
      return false;
  }
  if (command.words.empty() && command.assignments.empty() && command.redirections.empty())
    return fail("a command is missing");
  m_result.commands.push_back(std::move(command));
  return true;
}

// A word of the command, or an assignment before it.
bool ShellReader::read_simple_word(ShellCommand& command) {
  const std::string_view ahead = m_text.substr(m_at);
  const std::string_view name = ahead.substr(0, ahead.find_first_not_of(k_name_characters));
  const auto behind = ahead.substr(name.size());
  const bool can_assign = command.words.empty() && is_shell_name(name);
  if (const char next = behind_line_end(m_at + name.size());
      can_assign && (next == '=' || next == '+' || is_shell_name({&next, 1}) ||
                     k_digits.find(next) != std::string_view::npos))
    return fail("a name over two lines");
  if (can_assign && behind.starts_with("+="))
    return fail("+= of bash");
  ShellWord word;
  if (!can_assign || !behind.starts_with('=')) {
    if (!read_word(word))
      return false;
    command.words.push_back(std::move(word));
    return true;
  }
  advance(name.size() + 1);
  if (peek() == '(')
    return fail("an array of bash");
  const bool is_empty =
      at_command_end() || std::string_view(" \t<>").find(peek()) != std::string_view::npos;
  if (!is_empty && !read_word(word))
    return false;
  m_result.assigns.emplace(name);
  command.assignments.push_back({std::string(name), std::move(word)});
  return true;
}

bool ShellReader::at_redirection() const {
  const auto at = m_text.find_first_not_of(k_digits, m_at);
  return at != std::string_view::npos && (m_text[at] == '<' || m_text[at] == '>');
}

bool ShellReader::read_redirections(ShellCommand& command) {
  for (skip_blanks(); at_redirection(); skip_blanks())
    if (!read_redirection(command))
      return false;
  return true;
}

bool ShellReader::read_redirection(ShellCommand& command) {
  advance(m_text.find_first_not_of(k_digits, m_at) - m_at);
  if (starts_with("<<"))
    return fail("a here-document");
  const bool is_long = peek(1) == '&' || peek(1) == '|' || peek(1) == '>';
  ShellRedirection redirection{std::string(m_text.substr(m_at, is_long ? 2 : 1)), {}};
  if (redirection.op == "<|")
    return fail("unexpected |");
  advance(redirection.op.size());
  skip_blanks();
  if (peek() == '(')
    return fail(redirection.op + "( of bash");
  if (!read_word(redirection.target))
    return false;
  command.redirections.push_back(std::move(redirection));
  return true;
}

} // namespace kbtf
