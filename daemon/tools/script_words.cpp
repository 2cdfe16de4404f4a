// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/script_words.hpp"

#include "util/words.hpp"

#include <array>

namespace kbtf {
namespace {

// WORD of ${NAME:-WORD}; empty for ${NAME%PATTERN} and anything else.
std::string_view default_in(std::string_view computed) {
  if (!computed.starts_with("${"))
    return {};
  const auto op = computed.find_first_of("-=+?%#", 3);
  if (op == std::string_view::npos || computed[op] == '%' || computed[op] == '#')
    return {};
  return computed.substr(op + 1, computed.size() - op - 2);
}

} // namespace

bool is_plain_builtin(std::string_view word) {
  constexpr std::array<std::string_view, 16> k_words = {
      ":",    "true",   "false", "exit", "return", "break", "continue", "shift",
      "echo", "printf", "[",     "test", "set",    "umask", "ulimit",   "wait"};
  return is_one_of(word, k_words);
}

bool is_declaration(std::string_view word) {
  constexpr std::array<std::string_view, 6> k_words = {"export", "readonly", "unset",
                                                       "local",  "read",     "getopts"};
  return is_one_of(word, k_words);
}

bool is_other_builtin(std::string_view word) {
  constexpr std::array<std::string_view, 17> k_words = {
      "eval", "source", "cd",     "pushd", "popd", "alias", "unalias", "builtin",  "declare",
      "let",  "type",   "enable", "hash",  "kill", "shopt", "typeset", "readarray"};
  return is_one_of(word, k_words);
}

bool is_file_test(std::string_view word) {
  constexpr std::array<std::string_view, 6> k_words = {"-e", "-f", "-d", "-x", "-r", "-s"};
  return is_one_of(word, k_words);
}

bool is_other_test(std::string_view word) {
  constexpr std::array<std::string_view, 19> k_words = {"-nt", "-ot", "-ef", "-N", "-O", "-G", "-S",
                                                        "-t",  "-p",  "-L",  "-h", "-b", "-c", "-g",
                                                        "-k",  "-u",  "-w",  "-v", "-R"};
  return is_one_of(word, k_words);
}

bool is_utility(std::string_view word) {
  constexpr std::array<std::string_view, 24> k_words = {
      "basename", "cat",   "chmod", "cmp", "cp",    "cut",    "dd",   "dirname",
      "expr",     "grep",  "head",  "ln",  "mkdir", "mktemp", "mv",   "od",
      "rm",       "rmdir", "tail",  "tr",  "uniq",  "wc",     "stat", "touch"};
  return is_one_of(word, k_words);
}

bool is_compiler_variable(std::string_view name) {
  constexpr std::array<std::string_view, 9> k_names = {"CC",    "CPP",     "LD",      "NM",    "AR",
                                                       "STRIP", "OBJDUMP", "READELF", "HOSTCC"};
  return is_one_of(name, k_names);
}

bool is_tool_variable(std::string_view name) {
  return name == "PAHOLE" || name == "RESOLVE_BTFIDS" || name == "OBJCOPY";
}

bool is_shells_own(std::string_view name) {
  constexpr std::array<std::string_view, 28> k_names = {
      "PWD",           "OLDPWD",   "SHLVL",    "_",          "PPID",       "RANDOM",
      "SRANDOM",       "SECONDS",  "UID",      "EUID",       "GROUPS",     "HOSTNAME",
      "LINENO",        "HOSTTYPE", "MACHTYPE", "OSTYPE",     "IFS",        "EPOCHSECONDS",
      "EPOCHREALTIME", "COLUMNS",  "LINES",    "DIRSTACK",   "PIPESTATUS", "COPROC",
      "FUNCNAME",      "HISTCMD",  "REPLY",    "KSH_VERSION"};
  return is_one_of(name, k_names) || name.starts_with("BASH");
}

bool is_about_output(std::string_view name) {
  return name == "KBUILD_VERBOSE" || name == "V" || name == "Q" || name == "quiet";
}

bool is_stream(std::string_view path) {
  constexpr std::array<std::string_view, 7> k_streams = {"/dev/null",  "/dev/zero",   "/dev/full",
                                                         "/dev/stdin", "/dev/stdout", "/dev/stderr",
                                                         "/dev/tty"};
  constexpr std::string_view k_descriptors = "/dev/fd/";
  return is_one_of(path, k_streams) ||
         (path.starts_with(k_descriptors) && path.size() > k_descriptors.size() &&
          path.find_first_not_of("0123456789", k_descriptors.size()) == std::string_view::npos);
}

bool joins_parts(const ShellWord& word) {
  std::string before;
  const ShellPiece* part = nullptr;
  for (const auto& piece : word.pieces) {
    const bool is_text = piece.kind == ShellPiece::Kind::text;
    if (is_text && piece.text.empty())
      continue; // the quotes of "$x"
    if (part)
      return true;
    if (is_text)
      before += piece.text;
    else
      part = &piece;
  }
  if (!part)
    return false;
  const bool is_option = before.empty() || before.starts_with('-') || before.ends_with('=');
  return !is_option || before.find('/') != std::string::npos || part->text == "~" ||
         default_in(part->text).find('/') != std::string_view::npos;
}

bool may_list_files(const ShellWord& word, Quoted quoted) {
  std::string text;
  for (const auto& piece : word.pieces) {
    if (piece.is_quoted && quoted == Quoted::is_safe)
      continue;
    if (piece.kind == ShellPiece::Kind::text)
      text += piece.text;
    else if (piece.kind == ShellPiece::Kind::computed)
      text += default_in(piece.text);
  }
  return is_shell_pattern(text);
}

} // namespace kbtf
