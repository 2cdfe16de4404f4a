// SPDX-License-Identifier: GPL-2.0-only
// ShellReader: words and quotes.
#include "daemon/shell/shell_reader.hpp"

#include <string_view>

namespace kbtf {
namespace {

constexpr std::string_view k_word_ends = " \t\n;&|()<>";

// A tilde here stands for a home directory.
bool is_tilde_place(const ShellWord& word) {
  if (word.pieces.empty())
    return true;
  const ShellPiece& last = word.pieces.back();
  return last.kind == ShellPiece::Kind::text && !last.is_quoted &&
         (last.text.ends_with('=') || last.text.ends_with(':'));
}

} // namespace

void add_piece(ShellWord& word, ShellPiece::Kind kind, std::string_view text, bool is_quoted) {
  const bool is_text = kind == ShellPiece::Kind::text;
  if (is_text && !word.pieces.empty() && word.pieces.back().kind == kind &&
      word.pieces.back().is_quoted == is_quoted)
    word.pieces.back().text += text;
  else
    word.pieces.push_back({kind, std::string(text), is_quoted});
}

bool ShellReader::read_word(ShellWord& word) {
  const std::size_t begin = m_at;
  if (!read_pieces(word, Until::word_end))
    return false;
  word.source = m_text.substr(begin, m_at - begin);
  return !word.source.empty() || fail("a word is missing");
}

bool ShellReader::read_pieces(ShellWord& word, Until until) {
  if (!enter())
    return false;
  while (!at_end()) {
    const char c = peek();
    if ((until == Until::word_end && k_word_ends.find(c) != std::string_view::npos) ||
        (until == Until::double_quote && c == '"') || (until >= Until::brace && c == '}'))
      break;
    if (!read_piece(word, until))
      return false;
  }
  leave();
  return true;
}

bool ShellReader::read_piece(ShellWord& word, Until until) {
  const bool is_quoted = until == Until::double_quote;
  switch (peek()) {
  case '\\':
    return read_backslash(word, until);
  case '\'':
    if (until == Until::brace_in_quotes)
      return fail("a ' in ${…} in double quotes");
    if (!is_quoted)
      return read_single_quoted(word);
    break;
  case '"':
    return read_double_quoted(word);
  case '$':
    return read_dollar(word, is_quoted);
  case '`':
    return read_backquotes(word, is_quoted);
  case '~':
    if (!is_quoted && is_tilde_place(word)) {
      add_piece(word, ShellPiece::Kind::computed, "~", false);
      advance();
      return true;
    }
    break;
  default:
    break;
  }
  add_piece(word, ShellPiece::Kind::text, m_text.substr(m_at, 1), is_quoted);
  advance();
  return true;
}

bool ShellReader::read_single_quoted(ShellWord& word) {
  const std::size_t end = m_text.find('\'', m_at + 1);
  if (end == std::string_view::npos)
    return fail("a ' without its end");
  add_piece(word, ShellPiece::Kind::text, m_text.substr(m_at + 1, end - m_at - 1), true);
  advance(end + 1 - m_at);
  return true;
}

bool ShellReader::read_double_quoted(ShellWord& word) {
  advance();
  add_piece(word, ShellPiece::Kind::text, "", true); // "" is also a word
  if (!read_pieces(word, Until::double_quote))
    return false;
  if (at_end())
    return fail("a \" without its end");
  advance();
  return true;
}

bool ShellReader::read_backslash(ShellWord& word, Until until) {
  const char next = peek(1);
  if (m_at + 1 >= m_text.size())
    return fail("a backslash at the end");
  if (next == '\n') {
    advance(2);
    return true;
  }
  // In double quotes a backslash stays before any character that is not special there.
  const bool is_kept = until == Until::double_quote &&
                       std::string_view("$`\"\\").find(next) == std::string_view::npos;
  add_piece(word, ShellPiece::Kind::text, m_text.substr(is_kept ? m_at : m_at + 1, is_kept ? 2 : 1),
            true);
  advance(2);
  return true;
}

} // namespace kbtf
