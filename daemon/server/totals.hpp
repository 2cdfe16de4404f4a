// SPDX-License-Identifier: GPL-2.0-only
// The counts behind `kbtf stats`, kept in the state. Event loop's thread.
#pragma once

#include "daemon/model/counts.hpp"
#include "daemon/server/records.hpp"

namespace kbtf {

class Totals {
public:
  explicit Totals(Records& records) : m_records(records) {}

  // Of a stage that has ended.
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
