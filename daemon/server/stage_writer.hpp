// SPDX-License-Identifier: GPL-2.0-only
// Writes the BTF of the modules that were renumbered, at the end of their stage, when make has
// compared all time stamps that it wants to compare.
//
// Nothing is written before the records say `renumbering` on the disk, and no record says
// `finished` on the disk before the bytes are there: whatever happens in between, the next plan
// reads the module whole and believes its content alone.
// Event loop's thread; modules are written and synced on the pool.
#pragma once

#include "daemon/server/profile_queue.hpp"
#include "daemon/server/step_tracker.hpp"
#include "daemon/store/overwrite.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kbtf {

class StageWriter {
public:
  StageWriter(Ground& ground, StepTracker& steps, ProfileQueue& profiles)
      : m_ground(ground), m_steps(steps), m_profiles(profiles) {}

  struct Written {
    std::vector<std::string> renumbered; // as make spells them
    std::string again;                   // not all that was promised is there, and why
  };
  // Writes what `stage.renumber` holds. `wanted` is asked before each module: does the client still
  // wait? `then` is called once the bytes are in the files; they are synced later.
  void write(const Stage& stage, std::function<bool()> wanted, std::function<void(Written)> then);

private:
  struct Job;
  [[nodiscard]] std::shared_ptr<Job> job_for(const Stage& stage,
                                             const std::shared_ptr<const LinkFiles>& link);
  void start(const std::shared_ptr<Job>& job, std::function<bool()> wanted);
  void take(Job& job);
  void sync(std::vector<ModuleRecord> records);

  Ground& m_ground;
  StepTracker& m_steps;
  ProfileQueue& m_profiles;
};

} // namespace kbtf
