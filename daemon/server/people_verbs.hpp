// SPDX-License-Identifier: GPL-2.0-only
// The verbs for people: status, stats, explain, restore. They answer with wire messages: nothing
// else uses these values. Event loop's thread; files are read on the pool.
#pragma once

#include "daemon/server/step_tracker.hpp"
#include "daemon/server/totals.hpp"
#include "daemon/server/tree_table.hpp"
#include "daemon/watch/watcher.hpp"
#include "proto/message.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace kbtf {

class PeopleVerbs {
public:
  PeopleVerbs(Ground& ground, const TreeTable& trees, StepTracker& steps, Totals& totals,
              const Watcher& watcher)
      : m_ground(ground), m_trees(trees), m_steps(steps), m_totals(totals), m_watcher(watcher),
        m_started(std::chrono::steady_clock::now()) {}

  template <typename Reply> using Then = std::function<void(Expected<Reply>)>;

  void status(const StatusRequest& request, Then<StatusReply> then);
  [[nodiscard]] StatsReply stats(const StatsRequest& request);
  void explain(const ExplainRequest& request, Then<ExplainReply> then);
  void restore(const RestoreRequest& request, Then<RestoreReply> then);

private:
  // Reads the tree's modules.order on the pool; `then` gets its modules with their records.
  void with_modules(const TreeRecord& tree, std::function<void(std::vector<KnownModule>)> then);

  Ground& m_ground;
  const TreeTable& m_trees;
  StepTracker& m_steps;
  Totals& m_totals;
  const Watcher& m_watcher;
  std::chrono::steady_clock::time_point m_started;
};

} // namespace kbtf
