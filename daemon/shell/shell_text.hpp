// SPDX-License-Identifier: GPL-2.0-only
// Reads POSIX shell text (IEEE Std 1003.1, "Shell Command Language"): which simple commands stand
// in it, of which words, and which variables it reads and assigns. It runs nothing, expands nothing
// and decides nothing: what the commands mean is for others (daemon/tools).
// What is not read is an error that names line and construct: here-documents, process
// substitution, names and operators that go on behind a backslash at a line's end, and whatever
// bash or ksh add ("[[", arrays, "$'…'", "${x//a/b}", "&>").
// Pure and stateless; any thread. Time and memory are linear in the text, nesting is bounded.
#pragma once

#include "util/error.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// A piece of a word.
struct ShellPiece {
  enum class Kind {
    text,     // the characters themselves, quotes and backslashes gone
    variable, // $name, ${name}, $1, $@: `text` is the name alone
    computed, // anything else that a shell works out: $(…), ${x:-…}, $((…)), ~; `text` as written
  };
  Kind kind = Kind::text;
  std::string text;
  bool is_quoted = false; // neither split nor taken for a pattern

  friend bool operator==(const ShellPiece&, const ShellPiece&) = default;
};

struct ShellWord {
  std::string source; // as written
  std::vector<ShellPiece> pieces;

  // The word's only value, whatever the variables are. None if there is something to expand, or
  // if an unquoted part is a pattern or a list in braces.
  [[nodiscard]] std::optional<std::string> literal() const;
  // The same with variables that `value_of` knows by name. None if it does not know one, or if an
  // unquoted value would be split or taken for a pattern.
  using Values = std::function<std::optional<std::string>(const std::string&)>;
  [[nodiscard]] std::optional<std::string> expand(const Values& value_of) const;
  // The name, if the word is one variable and nothing else.
  [[nodiscard]] std::optional<std::string> variable() const;
};

struct ShellAssignment {
  std::string name;
  ShellWord value;
};

struct ShellRedirection {
  std::string op; // "<", ">", ">>", ">|", "<>", "<&", ">&"; the descriptor's number is dropped
  ShellWord target;
};

// A simple command. One without words assigns, or only redirects (a compound command's
// redirections stand behind its commands so).
struct ShellCommand {
  int line = 0;                 // of its beginning; the text's first line is 1
  bool in_substitution = false; // what it prints becomes part of a word
  std::vector<ShellAssignment> assignments;
  std::vector<ShellWord> words; // the first one in command position
  std::vector<ShellRedirection> redirections;
};

// A variable that something sets which is no assignment of a command: for, ${NAME:=…}, arithmetic.
struct ShellSetting {
  std::string name;
  int line = 0;
};

struct ShellText {
  // All of them, those in functions and substitutions too; what stands inside a command's words
  // comes before it.
  std::vector<ShellCommand> commands;
  std::vector<ShellWord> lists;    // the words behind "for NAME in"
  std::set<std::string> functions; // that the text defines
  std::set<std::string> reads;     // variables and parameters: "PAHOLE", "1", "@"
  std::set<std::string> assigns; // by NAME=, for, ${NAME:=…} and arithmetic; not by read, export
  std::vector<ShellSetting> settings; // those of `assigns` that stand in no command
};

// Error: unsupported, "line N: WHAT".
[[nodiscard]] Expected<ShellText> read_shell(std::string_view text);

// A name that a variable or a function can have.
[[nodiscard]] bool is_shell_name(std::string_view text);

// What an unquoted text can stand for besides itself: names of files, or, in bash, a list.
[[nodiscard]] bool is_shell_pattern(std::string_view text);

} // namespace kbtf
