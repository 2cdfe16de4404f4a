// SPDX-License-Identifier: GPL-2.0-only
// How a build calls pahole for a module, and the same call without a base: what the daemon needs to
// find out which types of its base a module uses (renumber/profile.hpp). It takes the program and
// the flags from the build's own cmd_btf_ko, never guesses them, and refuses what it cannot read.
// Everything is checked again by whoever uses the result: a call that is not the build's gives
// types that are not those of the module's split BTF.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

struct PaholeCall {
  // Program, absolute, then flags: no base, no file, no threads. Launchers may come before pahole.
  std::vector<std::string> words;
  std::string path;                     // PATH
  std::string library_path;             // LD_LIBRARY_PATH
  std::vector<std::string> environment; // ToolKey::environment
  // gen-btf.sh: resolve_btfids goes over pahole's types once more.
  bool has_second_step = false;

  friend bool operator==(const PaholeCall&, const PaholeCall&) = default;
};

// The pahole of all modules of a stage.
struct PaholeOfStage {
  PaholeCall call;
  std::vector<ToolFile> files; // behind the tool key
};

// What the call is read from, as the caller's make had it.
struct PaholeText {
  std::string cwd;          // absolute
  std::string command;      // cmd_btf_ko, expanded for `target`
  std::string target;       // the .ko
  std::string base;         // as `command` spells it
  std::string pahole;       // $(PAHOLE): a program, perhaps with arguments
  std::string pahole_flags; // $(PAHOLE_FLAGS), which gen-btf.sh takes from the environment
  std::string path;         // PATH
  std::string library_path; // LD_LIBRARY_PATH
  std::vector<std::string> environment; // ToolKey::environment
};

// Errors: unsupported when the command is not of a known shape (`$(PAHOLE) -J FLAGS`, Kbuild 5.11
// to 6.19, or gen-btf.sh, from 7.0 on) or has words that only a shell can read; not_found when
// there is no such program.
[[nodiscard]] Expected<PaholeCall> pahole_call(const PaholeText& text);

// Runs the call on `file` and returns its BTF. `scratch` is a path for the output, which is removed
// again. Blocks; the child has the caller's scheduling class and bounds on CPU time, memory and
// size of its output. `cancel` is a descriptor that becomes readable when the result is not wanted
// any more; -1: none. Errors: unsupported when pahole fails or is too old for
// --btf_encode_detached (before 1.22), io, also when it was cancelled.
[[nodiscard]] Expected<std::vector<std::byte>>
run_pahole(const PaholeCall& call, const std::string& file, const std::string& scratch, int cancel);

} // namespace kbtf
