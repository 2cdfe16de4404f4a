// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/shell/shell_text.hpp"

#include "daemon/shell/shell_reader.hpp"

#include <algorithm>

namespace kbtf {
namespace {

bool is_split_or_pattern(std::string_view value) {
  return value.find_first_of(" \t\n") != std::string_view::npos || is_shell_pattern(value);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

} // namespace

bool is_shell_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_shell_pattern(std::string_view text) {
  if (text.find_first_of("*?") != std::string_view::npos)
    return true;
  const auto bracket = text.find('[');
  if (bracket != std::string_view::npos && text.find(']', bracket) != std::string_view::npos)
    return true;
  const auto brace = text.find('{');
  return brace != std::string_view::npos && text.find('}', brace) != std::string_view::npos;
}

std::optional<std::string> ShellWord::literal() const {
  return expand([](const std::string&) { return std::nullopt; });
}

std::optional<std::string> ShellWord::expand(const Values& value_of) const {
  std::string value;
  std::string unquoted; // a pattern may span several pieces
  for (const auto& piece : pieces) {
    if (piece.kind == ShellPiece::Kind::computed)
      return std::nullopt;
    std::optional<std::string> text = piece.text;
    if (piece.kind == ShellPiece::Kind::variable) {
      text = value_of(piece.text);
      if (!text || (!piece.is_quoted && is_split_or_pattern(*text)))
        return std::nullopt;
    }
    value += *text;
    if (!piece.is_quoted)
      unquoted += *text;
  }
  if (is_shell_pattern(unquoted))
    return std::nullopt;
  return value;
}

std::optional<std::string> ShellWord::variable() const {
  const ShellPiece* only = nullptr;
  for (const auto& piece : pieces) {
    if (piece.kind == ShellPiece::Kind::text && piece.text.empty())
      continue; // the quotes of "$x"
    if (only || piece.kind != ShellPiece::Kind::variable)
      return std::nullopt;
    only = &piece;
  }
  return only ? std::optional(only->text) : std::nullopt;
}

Expected<ShellText> read_shell(std::string_view text) {
  ShellText result;
  ShellReader reader(text, result, 1, 0);
  if (!reader.read_all())
    return unexpected(ErrorKind::unsupported, reader.error());
  return result;
}

} // namespace kbtf
