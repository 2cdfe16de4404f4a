// SPDX-License-Identifier: GPL-2.0-only
// Reacts to changed files before make asks. Hashes a new base as soon as it appears, and renumbers
// modules in memory while make still links boot images, so that the plan finds both ready. Also
// hashes a .ko that somebody touched or restored. Only hints: the plan does whatever is missed
// here. Event loop's thread; blocking work runs on the pool.
#pragma once

#include "daemon/server/renumber_batches.hpp"
#include "daemon/server/step_tracker.hpp"
#include "daemon/server/tree_table.hpp"

#include <string>

namespace kbtf {

class FileHints {
public:
  FileHints(Ground& ground, const TreeTable& trees, const StepTracker& steps,
            RenumberBatches& batches)
      : m_ground(ground), m_trees(trees), m_steps(steps), m_batches(batches) {}

  // A file was closed after writing, or renamed into place.
  void on_change(const std::string& path);

private:
  void on_base(const std::string& path);
  void on_module(const ModuleRecord& record);
  void renumber_tree(const TreeRecord& tree, const ContentHash& base);

  Ground& m_ground;
  const TreeTable& m_trees;
  const StepTracker& m_steps;
  RenumberBatches& m_batches;
};

} // namespace kbtf
