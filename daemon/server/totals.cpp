// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/totals.hpp"

#include "daemon/store/state_values.hpp"

namespace kbtf {

void Totals::add(const StageCounts& counts) {
  StageCounts sum = all();
  sum += counts;
  m_records.put_value(k_totals_value, counts_to_text(sum));
  m_records.put_value(k_last_stage_value, counts_to_text(counts));
}

void Totals::zero() {
  m_records.put_value(k_totals_value, counts_to_text({}));
}

void Totals::set_self_checks(const SelfCheckCounts& counts) {
  m_records.put_value(k_self_checks_value, self_checks_to_text(counts));
}

StageCounts Totals::all() const {
  return counts_from_text(m_records.value(k_totals_value));
}

StageCounts Totals::last_stage() const {
  return counts_from_text(m_records.value(k_last_stage_value));
}

SelfCheckCounts Totals::self_checks() const {
  return self_checks_from_text(m_records.value(k_self_checks_value));
}

} // namespace kbtf
