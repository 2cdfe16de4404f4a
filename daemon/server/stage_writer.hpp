// SPDX-License-Identifier: GPL-2.0-only
// Writes the BTF of renumbered modules at the end of their stage, when make has compared all time
// stamps that it wants to compare.
//
// Writes nothing before the records say `renumbering` on disk, and lets no record say `finished` on
// disk before the bytes are there. Whatever happens in between, the next plan reads the whole
// module and believes only its content. Event loop's thread; modules are written and synced on the
// pool.
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
    std::string again;                   // not empty: why some of what was promised is missing
  };
  // Writes what `stage.renumber` holds. Calls `wanted` before replacing each module: does the
  // client still wait? Calls `then` once the bytes are in the files; they are synced later.
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
