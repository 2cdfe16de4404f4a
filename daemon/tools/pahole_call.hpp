// SPDX-License-Identifier: GPL-2.0-only
// How a build calls pahole for a module, and the same call without a base: the daemon needs it to
// find out which types of its base a module uses (renumber/profile.hpp). Takes the program and the
// flags from the build's own cmd_btf_ko, never guesses them, and rejects what it cannot read.
// Whoever uses the result checks everything again: any other call gives types that are not those of
// the module's split BTF.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

struct PaholeCall {
  // Program (absolute), then flags: no base, file or threads. Launchers may precede pahole.
  std::vector<std::string> words;
  std::string path;                     // PATH
  std::string library_path;             // LD_LIBRARY_PATH
  std::vector<std::string> environment; // ToolKey::environment
  // gen-btf.sh: resolve_btfids processes pahole's types again.
  bool has_second_step = false;

  friend bool operator==(const PaholeCall&, const PaholeCall&) = default;
};

// The pahole call for all modules of a stage.
struct PaholeOfStage {
  PaholeCall call;
  std::vector<ToolFile> files; // that the tool key is made from
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

// Errors: unsupported if the command has no known shape (`$(PAHOLE) -J FLAGS`, Kbuild 5.11 to 6.19,
// or gen-btf.sh, from 7.0 on) or has words that only a shell can expand; not_found if the program
// does not exist.
[[nodiscard]] Expected<PaholeCall> pahole_call(const PaholeText& text);

// Runs the call on `file` and returns its BTF. Uses `scratch` as the path of the output and removes
// it afterwards. Blocks; the child has the caller's scheduling class and limits on CPU time, memory
// and output size. `cancel` is a descriptor that becomes readable when the result is no longer
// wanted; -1: none. Errors: unsupported if pahole fails or is too old for --btf_encode_detached
// (before 1.22); io, also if cancelled.
[[nodiscard]] Expected<std::vector<std::byte>>
run_pahole(const PaholeCall& call, const std::string& file, const std::string& scratch, int cancel);

} // namespace kbtf
