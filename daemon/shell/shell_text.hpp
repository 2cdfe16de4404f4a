// SPDX-License-Identifier: GPL-2.0-only
// Parses POSIX shell text (IEEE Std 1003.1, "Shell Command Language") into its simple commands and
// their words, and lists the variables that it reads and assigns. Runs nothing, expands nothing and
// decides nothing: what the commands mean is for others (daemon/tools).
// Anything else is an error that names line and construct: here-documents, process substitution,
// names and operators that continue after a backslash-newline, and extensions of bash or ksh ("[[",
// arrays, "$'…'", "${x//a/b}", "&>").
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
    text,     // the characters themselves, quotes and backslashes removed
    variable, // $name, ${name}, $1, $@: `text` is the name alone
    computed, // anything else that a shell computes: $(…), ${x:-…}, $((…)), ~; `text` as written
  };
  Kind kind = Kind::text;
  std::string text;
  bool is_quoted = false; // neither split nor taken as a pattern

  friend bool operator==(const ShellPiece&, const ShellPiece&) = default;
};

struct ShellWord {
  std::string source; // as written
  std::vector<ShellPiece> pieces;

  // The word's only value, whatever the variables hold. None if it has an expansion, or if an
  // unquoted part is a pattern or a list in braces.
  [[nodiscard]] std::optional<std::string> literal() const;
  // The same with the values of variables that `value_of` knows by name. None if it does not know
  // one, or if an unquoted value would be split or taken as a pattern.
  using Values = std::function<std::optional<std::string>(const std::string&)>;
  [[nodiscard]] std::optional<std::string> expand(const Values& value_of) const;
  // The name, if the word is exactly one variable.
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

// A simple command. One without words only assigns or redirects. (The redirections of a compound
// command follow its commands as such a command.)
struct ShellCommand {
  int line = 0;                 // of its beginning; the text's first line is 1
  bool in_substitution = false; // its output becomes part of a word
  std::vector<ShellAssignment> assignments;
  std::vector<ShellWord> words; // the first one is in command position
  std::vector<ShellRedirection> redirections;
};

// A variable set by something other than a command's assignment: for, ${NAME:=…}, arithmetic.
struct ShellSetting {
  std::string name;
  int line = 0;
};

struct ShellText {
  // All commands, including those in functions and substitutions. A command inside another's words
  // comes before it.
  std::vector<ShellCommand> commands;
  std::vector<ShellWord> lists;    // the words after "for NAME in"
  std::set<std::string> functions; // that the text defines
  std::set<std::string> reads;     // variables and parameters: "PAHOLE", "1", "@"
  std::set<std::string> assigns; // by NAME=, for, ${NAME:=…} and arithmetic; not by read, export
  std::vector<ShellSetting> settings; // those of `assigns` that are not in a command
};

// Error: unsupported, "line N: WHAT".
[[nodiscard]] Expected<ShellText> read_shell(std::string_view text);

// A name that a variable or a function can have.
[[nodiscard]] bool is_shell_name(std::string_view text);

// Whether unquoted text can expand to something else: file names or, in bash, a list.
[[nodiscard]] bool is_shell_pattern(std::string_view text);

} // namespace kbtf
