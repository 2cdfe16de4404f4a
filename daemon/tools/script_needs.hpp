// SPDX-License-Identifier: GPL-2.0-only
// What a shell script needs besides its arguments to do what it does: programs, variables, files,
// kernel options. A script is understood only if all of that can be told from its text; what it
// does is then decided by these and by its own text, whatever it computes from them. Two kinds are
// understood. A *wrapper* stands in a tool's place: besides builtins it may run tools that it
// names, and may look at nothing that it does not name: no file's name is put together of parts,
// but handed through ("$1", "$@"), or written down as a whole. A *script of the tree* (gen-btf.sh)
// is Kbuild's own: it runs the tools that Kbuild names to it, and text utilities on files beside
// the module, whose names it computes; these are taken to be what they are by name. Pure: reads no
// file. POSIX shell only (daemon/shell).
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
  tool,     // pahole, resolve_btfids, objcopy or a linker, whichever
  launcher, // see launcher.hpp
  utility,  // grep, rm, dd and their like, of a script of the tree
  hidden,   // a function of the script has its name, and may not be defined yet when it is called
  shell,    // of a script
  compiler, // what makes something of a vmlinux alone: whatever it is
};

struct NeededProgram {
  std::string name; // for PATH, or a path
  ProgramRole role = ProgramRole::tool;

  friend auto operator<=>(const NeededProgram&, const NeededProgram&) = default;
};

struct ScriptNeeds {
  std::set<NeededProgram> programs;
  std::set<std::string> tool_names; // PAHOLE, RESOLVE_BTFIDS, OBJCOPY: what the variable runs
  std::set<std::string> compilers;  // CC, LD and others of which only a vmlinux is made
  std::set<std::string> variables;  // that it reads
  std::set<std::string> files;      // that it looks at, absolute; they need not be there
  std::set<std::string> mentions;   // what may be a file's name, absolute: counts if it is there
  std::set<std::string> options;    // CONFIG_…, as lines of include/config/auto.conf
  std::set<std::string> commands;   // all words in command position
  // Variables by name, whatever they are for: a script that another one runs may have its values
  // from there.
  std::set<std::string> reads;
  std::set<std::string> assigns;       // or exports, or takes out
  std::set<std::string> launched_with; // that env sets for what it runs
  std::set<std::string> sets;          // both
};

// Error: unsupported, "line N: WHAT".
[[nodiscard]] Expected<ScriptNeeds> script_needs(std::string_view text, ScriptKind kind,
                                                 const Surroundings& around);

// What in a word of a command may name a file: the word, or what stands behind "=", "@" or "-X".
[[nodiscard]] std::vector<std::string> possible_names(const std::string& word);

// A shell whose scripts are read here, by the name of its program.
[[nodiscard]] bool is_shell(const std::string& program);

} // namespace kbtf
