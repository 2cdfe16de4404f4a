// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/plan/decide.hpp"

namespace kbtf {
namespace {

Decision because(Serve serve, ReasonCode code) {
  return {serve, plain_reason(code)};
}

} // namespace

Decision decide(const ModuleRecord* record, const Observed& observed, const BuildKey& now) {
  if (!observed.exists)
    return because(Serve::link, ReasonCode::ko_missing);
  if (!record)
    return observed.adoptable ? because(Serve::untouched, ReasonCode::adopted)
                              : because(Serve::link, ReasonCode::no_record);
  if (record->state == ModuleState::writing)
    return because(Serve::link, ReasonCode::step_interrupted);
  if (record->state == ModuleState::doubtful) {
    Decision decision = because(Serve::link, ReasonCode::doubtful);
    decision.reason.text += ": " + record->reason;
    return decision;
  }
  if (record->state == ModuleState::renumbering && !observed.is_recorded_file)
    return because(observed.can_restore ? Serve::step : Serve::link, ReasonCode::step_interrupted);
  if (!observed.is_recorded_file)
    return because(Serve::link, ReasonCode::ko_changed);
  if (observed.has_other_inputs)
    return because(Serve::link, ReasonCode::link_inputs);

  // An unknown hash equals nothing, not even itself: "no .BTF" must never look like "the same".
  if (!now.linker.is_known() || record->key.linker != now.linker)
    return because(Serve::link, ReasonCode::linker_changed);
  if (observed.is_distrusted)
    return because(Serve::link, ReasonCode::distrusted); // the link itself may be wrong
  const bool same_base = now.base.is_known() && record->key.base == now.base;
  const bool same_tools = now.tools.is_known() && record->key.tools == now.tools;
  if (same_base && same_tools)
    return because(Serve::untouched, ReasonCode::up_to_date);

  const ReasonCode code = same_base    ? ReasonCode::tools_changed
                          : same_tools ? ReasonCode::base_changed
                                       : ReasonCode::base_and_tools_changed;
  if (code == ReasonCode::base_changed && now.base.is_known() && observed.can_renumber)
    return because(Serve::renumber, code);
  return because(observed.can_restore ? Serve::step : Serve::link, code);
}

Decision decide_without_renumbering(Decision decision, const Observed& observed,
                                    const std::string& why_not) {
  decision.serve = observed.can_restore ? Serve::step : Serve::link;
  if (!why_not.empty())
    decision.reason.text += ", not renumbered: " + why_not;
  return decision;
}

} // namespace kbtf
