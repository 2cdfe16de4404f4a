// SPDX-License-Identifier: GPL-2.0-only
// What a program file is, and whether it is the tool that its name promises. The tool key relies on
// that: a file that runs another program hides the one that writes the bytes. A tool is recognised
// by texts that it cannot do without, the names of its options; a launcher has no use for them. An
// executable that imports a function that starts other programs also counts as a launcher, if the
// real tool imports none: pahole. (ld starts its LTO plugin's compiler, resolve_btfids has a
// pager.) This misses a program that has all those texts and starts others by its own system calls.
// Checked with: pahole 1.19 to 1.32, GNU binutils 2.40 to 2.47, LLVM 14, resolve_btfids of 6.12 to
// 7.3. Blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <set>
#include <string>

namespace kbtf {

enum class ToolKind {
  pahole,
  resolve_btfids,
  objcopy,
  linker,
  launcher, // env, nice and others that run the command after them, see launcher.hpp
};

// The kind's name for messages.
[[nodiscard]] const char* to_string(ToolKind kind);

struct ProgramLook {
  enum class Format {
    elf,
    script, // begins with "#!"
    other,
  };
  Format format = Format::other;
  std::string interpreter;        // script: the line after "#!"
  std::set<ToolKind> looks_like;  // elf
  std::set<std::string> starters; // elf: imported functions that start other programs
  bool runs_objcopy = false;      // elf: by $LLVM_OBJCOPY, as pahole's encoder does
};

// Errors: not_found, io, malformed (a damaged ELF file).
[[nodiscard]] Expected<ProgramLook> look_at_program(const std::string& path);

// Why an ELF program is not that tool, as a phrase to follow its path; empty if it is.
[[nodiscard]] std::string why_no_tool(const ProgramLook& look, ToolKind kind);

} // namespace kbtf
