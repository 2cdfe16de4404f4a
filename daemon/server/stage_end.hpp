// SPDX-License-Identifier: GPL-2.0-only
// The end of a stage: writes what was promised, stamps modules whose link did not need to run,
// takes the counts, and queues what is made after the build. One stage at a time. Event loop's
// thread.
#pragma once

#include "daemon/server/link_reuse.hpp"
#include "daemon/server/profile_queue.hpp"
#include "daemon/server/renumber_batches.hpp"
#include "daemon/server/self_checker.hpp"
#include "daemon/server/stage_table.hpp"
#include "daemon/server/stage_writer.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace kbtf {

class StageEnd {
public:
  StageEnd(StageTable& stages, StageWriter& writer, LinkReuse& links, ProfileQueue& profiles,
           SelfChecker& checks, RenumberBatches& batches)
      : m_stages(stages), m_writer(writer), m_links(links), m_profiles(profiles), m_checks(checks),
        m_batches(batches) {}

  struct Ended {
    StageCounts counts;
    std::vector<std::string> renumbered; // as make spells them
    std::string again;                   // not empty: the stage has to run again, and why
    bool has_ended = false;              // it had ended before: the recipe has several lines
  };
  // Errors: not_found (no such stage). `wanted` as for StageWriter::write().
  void end(const std::string& id, std::function<bool()> wanted,
           std::function<void(Expected<Ended>)> then);

  // Calls `then` when no stage is being ended: until then another stage would take what is half
  // written for changed, and link it.
  void when_written(std::function<void()> then);

private:
  void end_now(const std::string& id, std::function<bool()> wanted,
               const std::function<void(Expected<Ended>)>& then);
  void close(const std::string& id, StageWriter::Written written,
             const std::function<void(Expected<Ended>)>& then);
  void open_again();

  StageTable& m_stages;
  StageWriter& m_writer;
  LinkReuse& m_links;
  ProfileQueue& m_profiles;
  SelfChecker& m_checks;
  RenumberBatches& m_batches;
  bool m_is_ending = false;
  std::deque<std::function<void()>> m_waiting;
};

} // namespace kbtf
