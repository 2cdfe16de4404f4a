// SPDX-License-Identifier: GPL-2.0-only
// What make tells about one module stage: its directory, the two commands that build a module, and
// the environment that decides what they write. Kept per tree, so that a module can be rebuilt the
// stock way. Values; proto/message.hpp's PlanRequest is the wire form, store/state_values.hpp the
// stored form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// What a module is linked from.
struct LinkCommand {
  std::string command;             // cmd_ld_ko_o, expanded
  std::vector<std::string> inputs; // the .ko's prerequisites, without those needed only for BTF
};

struct StageSpec {
  std::string cwd;                // absolute; relative paths below start here
  std::string modules_order;      // $(MODORDER)
  std::string target;             // the .ko that the commands were expanded for
  std::uint64_t module_count = 0; // number of modules in make's stage; 0: unknown
  std::string command;            // cmd_btf_ko, expanded
  LinkCommand link;               // of `target`
  std::vector<std::string> tools; // $(PAHOLE), $(RESOLVE_BTFIDS), $(OBJCOPY), as make has them
  std::string path;               // the caller's PATH, to find tools in
  std::string library_path;       // the caller's LD_LIBRARY_PATH, to find the tools' libraries in
  std::string pahole_flags;       // $(PAHOLE_FLAGS), which gen-btf.sh reads from the environment
  std::string script_flags; // what else gen-btf.sh reads from there, files aside; "": no script
  std::vector<std::string> environment; // "NAME=value"; when stored, only what decides
  bool sends_stage_end = false;         // stage_end will come once all modules are built
  std::string dropped_flag;             // "-j" if the hook dropped it for reproducible BTF, else ""
  std::string kernel;                   // $(KERNELVERSION), for people
  std::string rule;                     // the shape of the tree's rule, for people
};

} // namespace kbtf
