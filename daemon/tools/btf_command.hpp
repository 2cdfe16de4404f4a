// SPDX-License-Identifier: GPL-2.0-only
// What the tree's own cmd_btf_ko runs: make's tools, and scripts of the tree through a shell
// (Kbuild 5.11 to 7.3, scripts/Makefile.modfinal). Rejects any other command by name. Pure.
#pragma once

#include "daemon/shell/shell_text.hpp"
#include "util/error.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

struct BtfCommandText {
  std::string_view command; // expanded for `target`
  std::string_view target;  // may contain any characters
  std::string_view base;    // as `command` spells it
};

struct BtfTools {
  std::vector<std::string> pahole, resolve_btfids, objcopy; // words; empty if make has none
};

struct BtfCommand {
  struct Script {
    std::string shell, path;
  };
  std::vector<Script> scripts;
  std::vector<std::string> command_words;
  std::set<std::string> reads; // variables; it sets none of these
  std::set<std::string> sets;
  std::vector<ShellWord> words;    // all of them: some may name files
  std::vector<std::string> inputs; // files that redirections read
  // pahole adds .BTF with $LLVM_OBJCOPY, and the command does not set that to make's objcopy.
  bool leaves_objcopy_to_pahole = false;
};

// Error: unsupported, "cmd_btf_ko runs X, which kbtf does not know", or the construct that it
// cannot read.
[[nodiscard]] Expected<BtfCommand> read_btf_command(const BtfCommandText& text,
                                                    const BtfTools& tools);

// The command with "@" for the module and, if `base` is given, "%BASE%" for the base. Neither name
// is part of any key, and both may contain characters that are special to a shell.
[[nodiscard]] std::string with_placeholders(std::string_view command, std::string_view target,
                                            std::string_view base);

} // namespace kbtf
