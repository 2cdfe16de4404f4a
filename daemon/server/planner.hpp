// SPDX-License-Identifier: GPL-2.0-only
// Plans a module stage in steps: facts (pool), current modules (pool), decisions (loop),
// renumbering in memory (pool), outcome (loop). What cannot be planned falls back to the stock
// build. Event loop's thread.
#pragma once

#include "daemon/server/renumber_batches.hpp"
#include "daemon/server/stage_end.hpp"
#include "daemon/server/stage_table.hpp"
#include "daemon/server/step_tracker.hpp"
#include "daemon/server/tree_table.hpp"
#include "daemon/watch/watcher.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kbtf {

class Planner {
public:
  // The objects that a plan reads and changes.
  struct Parts {
    TreeTable& trees;
    StageTable& stages;
    StepTracker& steps;
    ProfileQueue& profiles;
    RenumberBatches& batches;
    StageEnd& stage_end;
    Totals& totals;
    Watcher& watcher;
  };
  Planner(Ground& ground, const Parts& parts) : m_ground(ground), m_parts(parts) {}

  struct Work {
    std::string ko; // as make spells it
    Decision decision;
  };
  struct Plan {
    std::string stage;                // "": fall back to the stock build
    std::string why_stock;            // why, if so
    bool is_stock_told = false;       // the stock commands report it themselves
    std::vector<Work> work;           // what make has to do
    std::size_t renumbered = 0;       // number of modules that the end of the stage will write
    std::vector<std::string> notices; // lines for the user, each shown once
  };
  void plan(StageSpec spec, std::function<void(Plan)> then);

private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  void observe(const JobPtr& job);
  void decide_all(const JobPtr& job, std::vector<Seen> seen);
  void answer(const JobPtr& job, const RenumberResults& renumbered);
  void answer_stock(const JobPtr& job, const Error& why);
  void check_trust(Job& job);
  void keep_observed(const Job& job);
  void remember(const Job& job, const Stage& stage);
  void keep_tool_inputs(const ToolKey& tools);
  [[nodiscard]] Reason name_culprit(Reason reason, const ModuleRecord& record,
                                    const StageFacts& now);
  [[nodiscard]] std::vector<std::string> notices(const Job& job, const StageFacts& facts);
  void watch(const Stage& stage);

  Ground& m_ground;
  Parts m_parts;
};

} // namespace kbtf
