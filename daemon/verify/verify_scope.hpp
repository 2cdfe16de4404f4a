// SPDX-License-Identifier: GPL-2.0-only
// What `kbtf verify` looks at: modules and the base that each stands on, found from what was typed
// and from the state, which is read beside a running daemon. Checks nothing. One thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/store/state_values.hpp"
#include "util/error.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kbtf {

// What the daemon wrote down; empty without a state.
struct KnownState {
  std::map<std::string, ModuleRecord> records; // by ko
  TreeRecords trees;
  StageSpecs specs;

  // The innermost tree that holds the path; null if none does.
  [[nodiscard]] const TreeRecord* tree_of(const std::string& path) const;
};
[[nodiscard]] KnownState load_known_state();

// Modules that share a base: base -> absolute .ko.
using ModuleGroups = std::map<std::string, std::set<std::string>>;

// `paths`: object trees or .ko files; none: the current directory. `base`: empty: each tree's own.
// Errors: not_found (a path, its modules, their base), one line.
[[nodiscard]] Expected<ModuleGroups>
group_modules(std::vector<std::string> paths, const std::string& base, const KnownState& state);

} // namespace kbtf
