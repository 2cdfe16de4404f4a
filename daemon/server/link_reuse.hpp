// SPDX-License-Identifier: GPL-2.0-only
// Links that need not run. make wants one because an object is newer than the module; where objects
// and command have the content that they had at the last link (a checkout back and forth, a
// compiler cache, a touched file) the link would write the bytes that are the module's already.
// Event loop's thread; what blocks runs on the pool.
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

  // Calls `then` with whether the link of `ko` (absolute) would write what is there. Such a module
  // has a new time stamp once the stage has ended.
  void ask(const Stage& stage, const std::string& ko, LinkSpec link,
           std::function<void(bool)> then);

  // Gives all modules for which the answer was yes the time stamp that a link would have given
  // them: newer than the objects. Not before the end of the stage, when make has compared all that
  // it wants to compare. `then` is called when it is done.
  void touch(const Stage& stage, std::function<void()> then);

private:
  Ground& m_ground;
  StageTable& m_stages;
  StepTracker& m_steps;
};

} // namespace kbtf
