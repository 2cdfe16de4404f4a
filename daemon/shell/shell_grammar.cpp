// SPDX-License-Identifier: GPL-2.0-only
// ShellReader: lists and compound commands.
#include "daemon/shell/shell_reader.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

// Commands of bash and ksh with their own grammar.
constexpr std::array<std::string_view, 4> k_not_posix = {"[[", "function", "select", "coproc"};

} // namespace

bool ShellReader::read_list() {
  for (bool is_over = false; !is_over;) {
    skip_newlines();
    if (at_list_end())
      return true;
    if (!read_command() || !read_separator(is_over))
      return false;
  }
  return true;
}

// What follows a command: an operator, or the end of the list.
bool ShellReader::read_separator(bool& is_over) {
  for (const char* op : {"&>", "|&", ";&"})
    if (starts_with(op))
      return fail(std::string(op) + " of bash");
  is_over = at_list_end();
  if (is_over)
    return true;
  if (const char next = behind_line_end(m_at + 1);
      next != '\0' && std::string_view(";&|>").find(next) != std::string_view::npos)
    return fail("an operator over two lines");
  if (starts_with("&&") || starts_with("||"))
    advance(2);
  else if (std::string_view("\n;&|").find(peek()) != std::string_view::npos)
    advance();
  else
    return fail("unexpected " + std::string(m_text.substr(m_at, 1)));
  return true;
}

bool ShellReader::read_command() {
  if (!enter())
    return false;
  skip_blanks();
  const std::string_view first = plain_word_ahead();
  bool is_compound = true;
  if (!read_compound(first, is_compound))
    return false;
  if (!is_compound && !read_simple())
    return false;
  leave();
  skip_blanks();
  return true;
}

bool ShellReader::read_compound(std::string_view first, bool& is_compound) {
  if (std::ranges::find(k_not_posix, first) != k_not_posix.end())
    return fail(std::string(first) + " is not POSIX");
  if (first == "!") {
    advance();
    return read_command();
  }
  ShellCommand redirected{m_line, m_substitutions > 0, {}, {}, {}};
  bool is_read = false;
  if (peek() == '(')
    is_read = read_subshell();
  else if (first == "{")
    is_read = read_group();
  else if (first == "if")
    is_read = read_if();
  else if (first == "while" || first == "until")
    is_read = read_loop();
  else if (first == "for")
    is_read = read_for();
  else if (first == "case")
    is_read = read_case();
  else if (const auto behind = m_text.find_first_not_of(" \t", m_at + first.size());
           is_shell_name(first) && behind != std::string_view::npos && m_text[behind] == '(')
    return read_function(first);
  else {
    is_compound = false;
    return true;
  }
  if (!is_read || !read_redirections(redirected))
    return false;
  if (!redirected.redirections.empty())
    m_result.commands.push_back(std::move(redirected));
  return true;
}

bool ShellReader::read_subshell() {
  if (peek(1) == '(')
    return fail("(( is not POSIX");
  advance();
  if (!read_list())
    return false;
  if (peek() != ')')
    return fail("a ( without its end");
  advance();
  return true;
}

bool ShellReader::read_group() {
  advance();
  return read_list() && expect("}");
}

bool ShellReader::read_if() {
  advance(2);
  for (;;) {
    if (!read_list() || !expect("then") || !read_list())
      return false;
    if (plain_word_ahead() != "elif")
      break;
    advance(4);
  }
  if (plain_word_ahead() == "else") {
    advance(4);
    if (!read_list())
      return false;
  }
  return expect("fi");
}

bool ShellReader::read_loop() {
  advance(5); // "while" and "until"
  return read_list() && expect("do") && read_list() && expect("done");
}

bool ShellReader::read_for() {
  advance(3);
  skip_blanks();
  const std::string_view name = plain_word_ahead();
  if (!is_shell_name(name))
    return fail("for without a name");
  note_setting(name);
  advance(name.size());
  skip_newlines();
  if (plain_word_ahead() == "in") {
    advance(2);
    for (skip_blanks(); !at_command_end(); skip_blanks()) {
      ShellWord word;
      if (!read_word(word))
        return false;
      m_result.lists.push_back(std::move(word));
    }
  }
  if (peek() == ';' && peek(1) != ';')
    advance();
  return expect("do") && read_list() && expect("done");
}

bool ShellReader::read_case() {
  advance(4);
  skip_blanks();
  ShellWord subject;
  if (!read_word(subject) || !expect("in"))
    return false;
  for (skip_newlines(); plain_word_ahead() != "esac"; skip_newlines())
    if (!read_case_item())
      return false;
  return expect("esac");
}

// "PATTERN | PATTERN) LIST ;;"; the last item needs no ";;".
bool ShellReader::read_case_item() {
  if (peek() == '(')
    advance();
  for (;;) {
    skip_blanks();
    ShellWord pattern;
    if (!read_word(pattern))
      return false;
    skip_blanks();
    if (peek() == ')')
      break;
    if (peek() != '|')
      return fail("a pattern of case without its )");
    advance();
  }
  advance();
  if (!read_list())
    return false;
  if (starts_with(";;&"))
    return fail(";;& of bash");
  if (starts_with(";;"))
    advance(2);
  else if (plain_word_ahead() != "esac")
    return fail("esac is missing");
  return true;
}

bool ShellReader::read_function(std::string_view name) {
  m_result.functions.emplace(name);
  advance(m_text.find('(', m_at) + 1 - m_at);
  skip_blanks();
  if (peek() != ')')
    return fail("unexpected (");
  advance();
  skip_newlines();
  return read_command();
}

} // namespace kbtf
