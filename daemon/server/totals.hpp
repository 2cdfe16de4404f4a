// SPDX-License-Identifier: GPL-2.0-only
// The counts that `kbtf stats` shows, kept in the state. Event loop's thread.
#pragma once

#include "daemon/model/counts.hpp"
#include "daemon/server/records.hpp"

namespace kbtf {

class Totals {
public:
  explicit Totals(Records& records) : m_records(records) {}

  // Adds the counts of a stage that ended.
  void add(const StageCounts& counts);
  void zero();
  void set_self_checks(const SelfCheckCounts& counts);
  [[nodiscard]] StageCounts all() const;
  [[nodiscard]] StageCounts last_stage() const;
  [[nodiscard]] SelfCheckCounts self_checks() const;

private:
  Records& m_records;
};

} // namespace kbtf
