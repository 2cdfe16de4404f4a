// SPDX-License-Identifier: GPL-2.0-only
// The open module stages, from the plan that begins one to its end, and the ids of those that ended
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
  // Adds the counts of stages that end to `totals`.
  explicit StageTable(Totals& totals);
  StageTable(const StageTable&) = delete;
  StageTable& operator=(const StageTable&) = delete;
  ~StageTable(); // ends all

  // Returns a new id, which no stage had, not even under an earlier daemon: a client may still hold
  // it.
  [[nodiscard]] std::string new_id() { return std::to_string(m_next++); }
  // The next id as a number: grows by one with each id.
  [[nodiscard]] std::uint64_t turn() const { return m_next; }

  // Adds a stage. An open one with the same modules may be of another make that is running, or of a
  // build that died: nobody can tell. So it stays open, and its steps are recorded. What it was to
  // write is shared if the new stage writes the same, and otherwise dropped: its end then says that
  // the stage has to run again. A stage that promises nothing (make -n, a single module) takes
  // nothing from earlier ones.
  void add(Stage stage);
  // Errors: not_found, "no stage N". Valid until the next add() or end().
  [[nodiscard]] Expected<Stage*> find(const std::string& id);
  [[nodiscard]] bool has_ended(const std::string& id) const;
  // Counts untouched modules, and forgets the stage. Returns its counts; all zero if it is not
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
