// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd does for each verb: creates the objects that do it, and passes each request to one of
// them, converting messages to values and back. Knows nothing of sockets. All members run on the
// event loop's thread; blocking work goes to the pool and comes back by post(), so that no request
// waits for another's disk.
#pragma once

#include "daemon/server/file_hints.hpp"
#include "daemon/server/ground.hpp"
#include "daemon/server/people_verbs.hpp"
#include "daemon/server/planner.hpp"
#include "daemon/server/profile_queue.hpp"
#include "daemon/server/renumber_batches.hpp"
#include "daemon/server/stage_end.hpp"
#include "daemon/server/stage_table.hpp"
#include "daemon/server/step_tracker.hpp"
#include "daemon/server/totals.hpp"
#include "daemon/server/tree_table.hpp"
#include "proto/message.hpp"

#include <deque>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace kbtf {

// Called once with the frame to send: a reply or an error.
using Respond = std::function<void(nlohmann::json)>;

class Service {
public:
  Service(boost::asio::io_context& loop, Places places, StateDb db, std::function<void()> on_stop);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Answers one request, now or later, by exactly one call of `respond`.
  void handle(const Envelope& envelope, OpenStep& step, Respond respond);
  // The connection is gone: do not believe a step that it began.
  void abandon(const OpenStep& step) { m_build.steps.abandon(step); }
  // True while background work is left: do not exit for idleness.
  [[nodiscard]] bool is_busy() const;

private:
  // What serves builds. Ordered by dependency.
  struct Build {
    Build(Ground& ground, std::function<void(const std::string&)> on_file_change);
    Totals totals;
    TreeTable trees;
    StageTable stages;
    ProfileQueue profiles;
    StepTracker steps;
    RenumberBatches batches;
    LinkReuse links;
    SelfChecker checks;
    StageWriter writer;
    StageEnd end;
    std::unique_ptr<Watcher> watcher;
    Planner planner;
  };

  void plan(const PlanRequest& request, const Respond& respond);
  void begin(const BeginRequest& request, OpenStep& step, const Respond& respond);
  void finish(const FinishRequest& request, OpenStep& step, const Respond& respond);
  void same_link(const SameLinkRequest& request, const Respond& respond);
  void stage_end(const StageEndRequest& request, const OpenStep& step, const Respond& respond);
  void drain(Respond respond);
  void answer_drains();

  Ground m_ground;
  Build m_build;
  PeopleVerbs m_people;
  FileHints m_hints;
  std::function<void()> m_on_stop;
  std::deque<Respond> m_drains;
};

} // namespace kbtf
