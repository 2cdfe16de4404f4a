// SPDX-License-Identifier: GPL-2.0-only
// What a whole tree looks like after its last module stage, and how to hand it back to stock make.
// Free functions over records; blocking; on the pool.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/model/tree_record.hpp"
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

struct TreeComparison {
  std::uint64_t modules = 0;
  std::uint64_t as_recorded = 0; // of these: what kbtf left there
  std::uint64_t other_base = 0;  // of as_recorded: made against another base than exists now
  std::uint64_t other_tools = 0; // of as_recorded, the base is the same: with other tools or flags
  std::string why_unknown;       // base and tools of now cannot be told; both are 0 then
  std::uint64_t missing = 0;     // of `modules`: not there
  std::uint64_t unfinished = 0;  // of `modules`: a step or a renumbering began and did not finish
  std::string first_other;       // a module that exists and that kbtf did not leave
};

// Counts the modules that are as kbtf left them, by stamp or, where that moved, by content; and of
// these the ones that were not made under `now`, the key that a stage would have now.
[[nodiscard]] TreeComparison compare_tree(const std::vector<TreeModule>& modules,
                                          const Expected<BuildKey>& now);

// The directory of modules.order: that of the objtree, or of the modules that M= names, whether or
// not make works there.
[[nodiscard]] std::string tree_of(const std::string& cwd, const std::string& modules_order);

// The modules of modules.order, or none when it cannot be read.
[[nodiscard]] std::vector<std::string> modules_of_tree(const TreeRecord& tree);

struct Restored {
  std::uint64_t kept = 0;            // newer than vmlinux, or not there
  std::vector<ModuleRecord> touched; // exact, with their new stamps
  std::vector<std::string> removed;  // absolute
};

// Makes a tree ready for stock make, which decides by time: a module that is exact gets the time of
// vmlinux, any other that stock would give BTF in place is removed, and so linked. Exact is a
// module as recorded, with the base that is there now and the tools of the last stage, and newer
// than all that its link command names: the time stamp of vmlinux must not hide an object that was
// compiled after the last link. Errors: what reading the base gives; then nothing was changed. A
// .ko that cannot be changed is io, and ends the walk.
[[nodiscard]] Expected<Restored> restore_tree(const TreeRecord& tree, const ContentHash& base_now,
                                              const std::vector<TreeModule>& modules);

} // namespace kbtf
