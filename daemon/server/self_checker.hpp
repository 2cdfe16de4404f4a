// SPDX-License-Identifier: GPL-2.0-only
// The self-check. After each stage one of its modules is made again as stock makes it, when the
// machine is idle, and compared: every renumbered byte stands on an argument, and this is what
// would notice that the argument does not hold for some pahole or kernel to come. A module that was
// adopted is made again in any case, once: until then nothing but its time stamp speaks for it.
// Event loop's thread; modules are made on the idle worker.
#pragma once

#include "daemon/server/stage_table.hpp"
#include "daemon/server/step_tracker.hpp"
#include "daemon/server/tree_table.hpp"
#include "daemon/stage/self_check.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace kbtf {

class SelfChecker {
public:
  // Makes one module again and compares; on the idle worker's thread.
  using Check =
      std::function<SelfCheck(const StageSpec& spec, const std::shared_ptr<const StageFacts>& facts,
                              const ModuleRecord& record)>;
  // `check`: empty: the real one.
  SelfChecker(Ground& ground, const TreeTable& trees, StepTracker& steps, Totals& totals,
              Check check = {});

  // `renumbered`: what the daemon wrote in this stage, as make spells it: one of these is checked
  // if there are any. `turn`: another one in each stage.
  void queue(const Stage& stage, const std::vector<std::string>& renumbered, std::uint64_t turn);

private:
  bool queue(const Stage& stage, const ModuleRecord& record);
  void on_checked(const SelfCheck& check);
  void take_proof(const SelfCheck& check);
  [[nodiscard]] bool is_current(const ModuleRecord& then) const;

  Ground& m_ground;
  const TreeTable& m_trees;
  StepTracker& m_steps;
  Totals& m_totals;
  Check m_check;
  bool m_is_turn_open = false; // of a module that had its turn
  // Absolute .ko of an adopted module -> the base with which it was made again, or could not be.
  std::unordered_map<std::string, ContentHash> m_checked_adopted;
};

} // namespace kbtf
