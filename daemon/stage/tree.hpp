// SPDX-License-Identifier: GPL-2.0-only
// What a whole tree looks like after its last module stage, and how to hand it back to stock make.
// Free functions over records; blocking; on the pool.
#pragma once

#include "daemon/model/module_record.hpp"
#include "proto/message.hpp"
#include "util/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

// A module of a tree and what is recorded of it.
struct TreeModule {
  std::string ko; // absolute
  std::optional<ModuleRecord> record;
};

// Counts the modules that are as kbtf left them, by stamp or, where that moved, by content; and of
// these the ones that were not made under `now`, the key that a stage would have now. `tree.stage`
// is the last stage and stays; the other fields are filled in.
void compare_tree(const std::vector<TreeModule>& modules, const Expected<BuildKey>& now,
                  TreeStatus& tree);

// The directory of modules.order: that of the objtree, or of the modules that M= names, whether or
// not make works there.
[[nodiscard]] std::string tree_of(const std::string& cwd, const std::string& modules_order);

// The modules of modules.order, or none when it cannot be read.
[[nodiscard]] std::vector<std::string> modules_of_stage(const StageInfo& stage);

struct Restored {
  RestoreReply counts;
  std::vector<ModuleRecord> touched; // with their new stamps
  std::vector<std::string> removed;  // absolute
};

// See RestoreRequest. Exact is a module as recorded, with the base that is there now and the tools
// of the last stage, and newer than all that its link command names: the time stamp of vmlinux
// must not hide an object that was compiled after the last link. Errors: what reading the base
// gives; then nothing was changed. A .ko that cannot be changed is io, and ends the walk.
[[nodiscard]] Expected<Restored> restore_tree(const StageInfo& stage, const ContentHash& base_now,
                                              const std::vector<TreeModule>& modules);

} // namespace kbtf
