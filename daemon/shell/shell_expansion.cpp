// SPDX-License-Identifier: GPL-2.0-only
// ShellReader: expansions after a $, and backquotes.
#include "daemon/shell/shell_reader.hpp"

#include <string_view>

namespace kbtf {
namespace {

constexpr std::string_view k_special_parameters = "@*#?-$!";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || is_shell_name({&c, 1});
}

// "NAME…" at the beginning of `text`: the name, or one digit, or a special parameter.
std::string_view parameter_of(std::string_view text) {
  if (text.empty())
    return {};
  if (is_digit(text.front()) || k_special_parameters.find(text.front()) != std::string_view::npos)
    return text.substr(0, 1);
  std::size_t size = 0;
  while (size < text.size() && is_name_character(text[size]))
    ++size;
  return text.substr(0, size);
}

} // namespace

bool ShellReader::read_dollar(ShellWord& word, bool is_quoted) {
  const char next = peek(1);
  if (next == '(' && behind_line_end(m_at + 2) == '(')
    return fail("$(( over two lines");
  if (next == '(')
    return peek(2) == '(' ? read_arithmetic(word) : read_substitution(word);
  if (next == '{')
    return read_braces(word, is_quoted);
  if (!is_quoted && (next == '\'' || next == '"' || next == '['))
    return fail(std::string("$") + next + " of bash");
  const std::string_view name = parameter_of(m_text.substr(m_at + 1));
  const char goes_on = behind_line_end(m_at + 1 + name.size());
  if (goes_on != '\0' && (name.empty() || (is_shell_name(name) && is_name_character(goes_on))))
    return fail("a $ and its name over two lines");
  if (name.empty()) {
    add_piece(word, ShellPiece::Kind::text, "$", is_quoted);
    advance();
    return true;
  }
  m_result.reads.emplace(name);
  add_piece(word, ShellPiece::Kind::variable, name, is_quoted);
  advance(1 + name.size());
  return true;
}

// ${NAME}, ${#NAME}, ${NAME:-WORD} and its like.
bool ShellReader::read_braces(ShellWord& word, bool is_quoted) {
  const std::size_t begin = m_at;
  advance(2);
  const bool is_length = peek() == '#' && peek(1) != '}';
  if (is_length)
    advance();
  std::string_view name = parameter_of(m_text.substr(m_at));
  while (!name.empty() && is_digit(name.front()) && is_digit(peek(name.size())))
    name = m_text.substr(m_at, name.size() + 1);
  if (name.empty())
    return fail("${" + std::string(m_text.substr(m_at, 1)) + " is not POSIX");
  m_result.reads.emplace(name);
  advance(name.size());
  if (peek() == '}') {
    advance();
    if (is_length)
      add_piece(word, ShellPiece::Kind::computed, m_text.substr(begin, m_at - begin), is_quoted);
    else
      add_piece(word, ShellPiece::Kind::variable, name, is_quoted);
    return true;
  }
  const std::size_t colon = peek() == ':' ? 1 : 0;
  const char op = peek(colon);
  if (is_length ||
      std::string_view(colon == 1 ? "-=?+" : "-=?+%#").find(op) == std::string_view::npos ||
      op == '\0')
    return fail("${" + std::string(name) + std::string(m_text.substr(m_at, 2)) + " is not POSIX");
  if (op == '=')
    note_setting(name);
  advance(colon + 1);
  ShellWord operand;
  if (!read_pieces(operand, is_quoted ? Until::brace_in_quotes : Until::brace))
    return false;
  if (at_end())
    return fail("${ without its end");
  advance();
  add_piece(word, ShellPiece::Kind::computed, m_text.substr(begin, m_at - begin), is_quoted);
  return true;
}

bool ShellReader::read_substitution(ShellWord& word) {
  const std::size_t begin = m_at;
  advance(2);
  ++m_substitutions;
  if (!enter() || !read_list())
    return false;
  leave();
  --m_substitutions;
  if (peek() != ')')
    return fail("$( without its end");
  advance();
  add_piece(word, ShellPiece::Kind::computed, m_text.substr(begin, m_at - begin), false);
  return true;
}

// Reads the text in backquotes as a text of its own, with its backslashes undone.
bool ShellReader::read_backquotes(ShellWord& word, bool is_quoted) {
  const std::size_t begin = m_at;
  std::string inner;
  const int line = m_line;
  for (advance(); !at_end() && peek() != '`'; advance()) {
    const char next = peek(1);
    if (peek() == '\\' &&
        (next == '`' || next == '\\' || next == '$' || (is_quoted && next == '"')))
      advance();
    inner += peek();
  }
  if (at_end())
    return fail("a ` without its end");
  advance();
  if (!enter())
    return false;
  ShellReader reader(inner, m_result, line, m_depth);
  if (!reader.read_all()) {
    m_error = reader.error();
    return false;
  }
  leave();
  add_piece(word, ShellPiece::Kind::computed, m_text.substr(begin, m_at - begin), is_quoted);
  return true;
}

// $((…)) of names, numbers and operators. Each name counts as read and also, since it may contain
// "x = 1" or "x++", as assigned.
bool ShellReader::read_arithmetic(ShellWord& word) {
  const std::size_t begin = m_at;
  advance(3);
  for (int open = 2; open > 0;) {
    const char c = peek();
    if (at_end())
      return fail("$(( without its end");
    if (open == 1 && c != ')')
      return fail("$(( without its end");
    if (std::string_view("\"'`\\{;").find(c) != std::string_view::npos || starts_with("$("))
      return fail("arithmetic of more than names and numbers");
    open += c == '(' ? 1 : c == ')' ? -1 : 0;
    const std::string_view name = parameter_of(m_text.substr(m_at));
    if (is_shell_name(name)) {
      m_result.reads.emplace(name);
      note_setting(name);
      advance(name.size());
    } else {
      advance();
    }
  }
  add_piece(word, ShellPiece::Kind::computed, m_text.substr(begin, m_at - begin), false);
  return true;
}

} // namespace kbtf
