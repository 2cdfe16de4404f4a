// SPDX-License-Identifier: GPL-2.0-only
// What a shell script needs besides its arguments: programs, variables, files, kernel options. A
// script is understood only if its text shows all of these; they and the text then decide what it
// does, whatever it computes from them. Two kinds are understood. A *wrapper* replaces a tool:
// besides builtins it may run tools that it names, and may look at nothing that it does not name.
// It builds no file name from parts, but passes names on ("$1", "$@") or spells them out. A *script
// of the tree* (gen-btf.sh) is Kbuild's own: it runs the tools that Kbuild passes to it, and text
// utilities on files beside the module, whose names it computes. These utilities are known by name
// alone. Pure: reads no file. POSIX shell only (daemon/shell).
#pragma once

#include "daemon/tools/surroundings.hpp"
#include "util/error.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

enum class ScriptKind { wrapper, of_tree };

enum class ProgramRole {
  tool,     // any of pahole, resolve_btfids, objcopy or a linker
  launcher, // see launcher.hpp
  utility,  // grep, rm, dd and the like, in a script of the tree
  hidden,   // a function of the script has its name, and may not be defined yet when called
  shell,    // runs a script
  compiler, // processes only a vmlinux: any program
};

struct NeededProgram {
  std::string name; // for PATH, or a path
  ProgramRole role = ProgramRole::tool;

  friend auto operator<=>(const NeededProgram&, const NeededProgram&) = default;
};

struct ScriptNeeds {
  std::set<NeededProgram> programs;
  std::set<std::string> tool_names; // PAHOLE, RESOLVE_BTFIDS, OBJCOPY: run as $VARIABLE
  std::set<std::string> compilers;  // CC, LD and others that process only a vmlinux
  std::set<std::string> variables;  // that it reads
  std::set<std::string> files;      // that it looks at, absolute; need not exist
  std::set<std::string> mentions;   // possible file names, absolute: count if they exist
  std::set<std::string> options;    // CONFIG_…, as lines of include/config/auto.conf
  std::set<std::string> commands;   // all words in command position
  // Variables by name, for any purpose: another script that this one runs may get their values from
  // it.
  std::set<std::string> reads;
  std::set<std::string> assigns;       // or exports, or unsets
  std::set<std::string> launched_with; // that env sets for the program that it runs
  std::set<std::string> sets;          // both
};

// Error: unsupported, "line N: WHAT".
[[nodiscard]] Expected<ScriptNeeds> script_needs(std::string_view text, ScriptKind kind,
                                                 const Surroundings& around);

// The parts of a command's word that may name a file: the word, or what follows "=", "@" or "-X".
[[nodiscard]] std::vector<std::string> possible_names(const std::string& word);

// A shell whose scripts are read here, by its program name.
[[nodiscard]] bool is_shell(const std::string& program);

} // namespace kbtf
