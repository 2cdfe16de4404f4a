// SPDX-License-Identifier: GPL-2.0-only
// What is remembered of the last module stage of each tree, in memory and in the state. Forgets
// deleted trees. Event loop's thread.
#pragma once

#include "daemon/server/records.hpp"
#include "daemon/stage/tree.hpp"
#include "daemon/store/state_values.hpp"

#include <string>
#include <vector>

namespace kbtf {

class TreeTable {
public:
  // Reads the state.
  explicit TreeTable(Records& records);

  // Sets `at`.
  void remember(TreeRecord tree);
  // What `kbtf verify --regenerate` and the self-check rebuild modules with.
  void remember(const StageSpec& spec);

  [[nodiscard]] const TreeRecords& all() const { return m_trees; }
  // Null if unknown; valid until the next change. The same for the next two.
  [[nodiscard]] const TreeRecord* find(const std::string& tree) const;
  [[nodiscard]] const StageSpec* spec(const std::string& tree) const;
  // The innermost tree that contains the absolute path.
  [[nodiscard]] const TreeRecord* holder_of(const std::string& path) const;
  // Whether any tree's last stage used this base (absolute), or these tools.
  [[nodiscard]] bool uses_base(const std::string& path) const;
  [[nodiscard]] bool uses_tools(const ContentHash& key) const;

private:
  void forget_deleted();

  Records& m_records;
  TreeRecords m_trees;
  StageSpecs m_specs;
};

} // namespace kbtf
