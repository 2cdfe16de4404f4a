// SPDX-License-Identifier: GPL-2.0-only
// What `kbtf verify` looks at: modules and the base of each, found from the command line and from
// the state, which it reads while the daemon runs. Checks nothing. One thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/store/state_values.hpp"
#include "util/error.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kbtf {

// What the daemon has recorded; empty without a state.
struct KnownState {
  std::map<std::string, ModuleRecord> records; // by ko
  TreeRecords trees;
  StageSpecs specs;

  // Returns the innermost tree that contains the path; null if none does.
  [[nodiscard]] const TreeRecord* tree_of(const std::string& path) const;
};
[[nodiscard]] KnownState load_known_state();

// Modules that share a base: base -> absolute .ko.
using ModuleGroups = std::map<std::string, std::set<std::string>>;

// `paths`: object trees or .ko files; empty: the current directory. `base`: empty: each tree's own.
// Errors: not_found (a path, its modules, their base), unsupported (neither a .ko nor an object
// tree), io; one line.
[[nodiscard]] Expected<ModuleGroups>
group_modules(std::vector<std::string> paths, const std::string& base, const KnownState& state);

} // namespace kbtf
