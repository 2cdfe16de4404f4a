// SPDX-License-Identifier: GPL-2.0-only
// ShellReader: characters, and the text as a whole.
#include "daemon/shell/shell_reader.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

constexpr int k_max_depth = 64;

// Words that end a list, where a command could begin.
constexpr std::array<std::string_view, 8> k_closing = {"then", "elif", "else", "fi",
                                                       "do",   "done", "esac", "}"};

} // namespace

bool ShellReader::fail(const std::string& what) {
  if (m_error.empty())
    m_error = "line " + std::to_string(m_line) + ": " + what;
  return false;
}

bool ShellReader::enter() {
  return ++m_depth <= k_max_depth || fail("nested too deep");
}

void ShellReader::advance(std::size_t count) {
  const auto passed = m_text.substr(m_at, count);
  m_line += static_cast<int>(std::ranges::count(passed, '\n'));
  m_at += passed.size();
}

void ShellReader::skip_blanks() {
  while (peek() == ' ' || peek() == '\t' || starts_with("\\\n"))
    advance(peek() == '\\' ? 2 : 1);
  if (peek() == '#')
    advance(std::min(m_text.find('\n', m_at), m_text.size()) - m_at);
}

void ShellReader::skip_newlines() {
  for (skip_blanks(); peek() == '\n'; skip_blanks())
    advance();
}

// The next word, if it has no quote and no expansion: only such a word can be a reserved word.
std::string_view ShellReader::plain_word_ahead() const {
  const auto rest = m_text.substr(m_at);
  const auto size = std::min(rest.find_first_of(" \t\n;&|()<>\"'\\$`"), rest.size());
  const bool is_plain =
      size == rest.size() || std::string_view("\"'\\$`").find(rest[size]) == std::string_view::npos;
  return is_plain ? rest.substr(0, size) : std::string_view();
}

// Shells remove these before they look for words: "$WHI\<newline>CH" is $WHICH.
char ShellReader::behind_line_end(std::size_t at) const {
  const std::size_t begin = at;
  while (m_text.substr(std::min(at, m_text.size())).starts_with("\\\n"))
    at += 2;
  return at > begin && at < m_text.size() ? m_text[at] : '\0';
}

void ShellReader::note_setting(std::string_view name) {
  m_result.assigns.emplace(name);
  m_result.settings.push_back({std::string(name), m_line});
}

bool ShellReader::at_command_end() const {
  return at_end() || std::string_view("\n;&|)").find(peek()) != std::string_view::npos;
}

bool ShellReader::at_list_end() const {
  return at_end() || peek() == ')' || starts_with(";;") ||
         std::ranges::find(k_closing, plain_word_ahead()) != k_closing.end();
}

bool ShellReader::expect(std::string_view word) {
  skip_newlines();
  if (plain_word_ahead() != word)
    return fail(std::string(word) + " is missing");
  advance(word.size());
  return true;
}

bool ShellReader::read_all() {
  if (m_text.find('\0') != std::string_view::npos)
    return fail("not text");
  if (!read_list())
    return false;
  return at_end() || fail("unexpected " + std::string(m_text.substr(m_at, 1)));
}

} // namespace kbtf
