// SPDX-License-Identifier: GPL-2.0-only
// The module stages that are open, from the plan that begins one to its end, and which have ended
// lately. Event loop's thread.
#pragma once

#include "daemon/server/stage.hpp"
#include "daemon/server/totals.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <string>

namespace kbtf {

class StageTable {
public:
  // Counts of stages that end go to `totals`.
  explicit StageTable(Totals& totals);
  StageTable(const StageTable&) = delete;
  StageTable& operator=(const StageTable&) = delete;
  ~StageTable(); // ends all

  // An id that no stage has had, not one of an earlier daemon either: a client may still hold it.
  [[nodiscard]] std::string new_id() { return std::to_string(m_next++); }
  // How many ids there were, in a sequence of the daemon's own.
  [[nodiscard]] std::uint64_t turn() const { return m_next; }

  // Another make works on the same modules, or the build of an earlier stage died: nobody can tell.
  // So that stage stays open, and its steps are recorded. What it was to write is either what the
  // new one writes, and held once, or dropped: its end then says that the stage has to run once
  // more. A stage that promises nothing (make -n, a single module) takes nothing from an earlier
  // one.
  void add(Stage stage);
  // Errors: not_found, "no stage N". Valid until the next add() or end().
  [[nodiscard]] Expected<Stage*> find(const std::string& id);
  [[nodiscard]] bool has_ended(const std::string& id) const;
  // Counts what is left untouched, and forgets the stage. Returns its counts; none if it is not
  // open.
  StageCounts end(const std::string& id);

private:
  void drop_bytes(const Stage& next);
  StageCounts close(Stage& stage);

  Totals& m_totals;
  std::list<Stage> m_stages;       // newest last
  std::deque<std::string> m_ended; // ids, newest last
  std::uint64_t m_next;
};

} // namespace kbtf
