// SPDX-License-Identifier: GPL-2.0-only
// Links that need not run. make links a module if an object is newer. If objects and command have
// the same content as at the last link (a checkout back and forth, a compiler cache, a touched
// file), the link would write the existing bytes. Event loop's thread; blocking work runs on the
// pool.
#pragma once

#include "daemon/server/stage_table.hpp"
#include "daemon/server/step_tracker.hpp"

#include <functional>
#include <string>
#include <vector>

namespace kbtf {

class LinkReuse {
public:
  LinkReuse(Ground& ground, StageTable& stages, StepTracker& steps)
      : m_ground(ground), m_stages(stages), m_steps(steps) {}

  // Calls `then` with whether the link of `ko` (absolute) would write the existing bytes. If so,
  // the module gets a new time stamp at the end of the stage.
  void ask(const Stage& stage, const std::string& ko, LinkSpec link,
           std::function<void(bool)> then);

  // Gives all modules for which the answer was yes the time stamp that a link would have given
  // them: newer than the objects. Call at the end of the stage, when make has compared all times
  // that it wants to compare. Calls `then` when done.
  void touch(const Stage& stage, std::function<void()> then);

private:
  Ground& m_ground;
  StageTable& m_stages;
  StepTracker& m_steps;
};

} // namespace kbtf
