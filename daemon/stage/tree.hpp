// SPDX-License-Identifier: GPL-2.0-only
// What a whole tree looks like after its last module stage, and how to hand it back to stock make.
// Free functions on records. Blocking; on the pool.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/model/tree_record.hpp"
#include "daemon/stage/known_module.hpp"
#include "util/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

struct TreeComparison {
  std::uint64_t modules = 0;
  std::uint64_t as_recorded = 0; // of `modules`: as kbtf left them
  std::uint64_t other_base = 0;  // of as_recorded: built against another base than the current one
  std::uint64_t other_tools = 0; // of as_recorded, same base: built with other tools or flags
  std::string why_unknown;   // why the current base and tools are unknown; both counts are 0 then
  std::uint64_t missing = 0; // of `modules`: do not exist
  std::uint64_t unfinished = 0; // of `modules`: a step or a renumbering began and did not finish
  std::string first_other;      // an existing module that kbtf did not leave
};

// Counts the modules that are as kbtf left them, by stamp or, if that moved, by content; and how
// many of these were not built under `now`, the key of a stage that would run now.
[[nodiscard]] TreeComparison compare_tree(const std::vector<KnownModule>& modules,
                                          const Expected<BuildKey>& now);

// Returns the directory of modules.order: the objtree, or the directory of the modules that M=
// names, whether or not make works there.
[[nodiscard]] std::string tree_of(const std::string& cwd, const std::string& modules_order);

// Returns the modules in modules.order, or none if it cannot be read.
[[nodiscard]] std::vector<std::string> modules_of_tree(const TreeRecord& tree);

struct Restored {
  std::uint64_t kept = 0; // not there, or not older than vmlinux and exact or unknown to kbtf
  std::vector<ModuleRecord> touched; // exact; with their new stamps
  std::vector<std::string> removed;  // absolute
};

// Makes a tree ready for stock make, which decides by time. A module is exact if it is as recorded,
// with the current base and the tools of the last stage. Keeps a module that is not older than
// vmlinux, unless kbtf recorded it and it is not exact. Gives an older one that is exact the time
// of vmlinux, unless it is a symbolic link or a file that its link command names is newer: the time
// of vmlinux must not hide an object that was compiled after the last link. Removes any other, so
// that make links it: stock would run a BTF step on the finished file, or keep it although its base
// changed. Errors: what reading the base gives; then nothing was changed. A .ko that cannot be
// changed is an io error, and ends the walk.
[[nodiscard]] Expected<Restored> restore_tree(const TreeRecord& tree, const ContentHash& base_now,
                                              const std::vector<KnownModule>& modules);

} // namespace kbtf
