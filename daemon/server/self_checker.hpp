// SPDX-License-Identifier: GPL-2.0-only
// The self-check. After each stage, when the machine is idle, rebuilds one of its modules the stock
// way and compares. Renumbering rests on an argument; this notices if the argument does not hold
// for some future pahole or kernel. Also rebuilds each adopted module once: until then only its
// time stamp speaks for it. Event loop's thread; modules are rebuilt on the idle worker.
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
  // Rebuilds one module and compares; on the idle worker's thread.
  using Check =
      std::function<SelfCheck(const StageSpec& spec, const std::shared_ptr<const StageFacts>& facts,
                              const ModuleRecord& record)>;
  // `check`: empty: self_check().
  SelfChecker(Ground& ground, const TreeTable& trees, StepTracker& steps, Totals& totals,
              Check check = {});

  // Queues the checks of a stage. `renumbered`: what the daemon wrote in this stage, as make spells
  // it; if there are any, checks one of these. `turn`: another number in each stage.
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
  bool m_is_turn_open = false; // a module that has its turn is not checked yet
  // Absolute .ko of an adopted module -> the base with which it was rebuilt, or could not be.
  std::unordered_map<std::string, ContentHash> m_checked_adopted;
};

} // namespace kbtf
