// SPDX-License-Identifier: GPL-2.0-only
// What make says of one module stage: where it works and the two commands that make a module, with
// the environment that decides what they write. Kept per tree, so that a module can be made again
// as stock makes it. Values; the wire's form is proto/message.hpp's PlanRequest, the state's
// store/state_values.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// What a module is linked from.
struct LinkCommand {
  std::string command;             // cmd_ld_ko_o, expanded
  std::vector<std::string> inputs; // the .ko's prerequisites, without those of its BTF alone
};

struct StageSpec {
  std::string cwd;                // absolute; relative paths below start here
  std::string modules_order;      // $(MODORDER)
  std::string target;             // the .ko for which the commands were expanded
  std::uint64_t module_count = 0; // how many modules make has in this stage; 0: not known
  std::string command;            // cmd_btf_ko, expanded
  LinkCommand link;               // of `target`
  std::vector<std::string> tools; // $(PAHOLE), $(RESOLVE_BTFIDS), $(OBJCOPY), as make has them
  std::string path;               // the caller's PATH, to find tools in
  std::string library_path;       // the caller's LD_LIBRARY_PATH, to find the tools' libraries in
  std::string pahole_flags;       // $(PAHOLE_FLAGS), which gen-btf.sh takes from the environment
  std::string script_flags;       // what gen-btf.sh takes from there besides files; "": no script
  std::vector<std::string> environment; // "NAME=value"; of a kept one only what decides
  bool sends_stage_end = false;         // stage_end will come once all modules are built
  std::string dropped_flag; // "-j" when the hook left it out for reproducible BTF, else ""
  std::string kernel;       // $(KERNELVERSION), for people
  std::string rule;         // the shape of the tree's rule, for people
};

} // namespace kbtf
