// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/plan_outcome.hpp"

namespace kbtf {

PlanOutcome settle_plan(const std::vector<KnownModule>& subjects, const std::vector<Seen>& seen,
                        const std::vector<Decision>& decisions, const RenumberResults& renumbered) {
  PlanOutcome outcome;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Decision& decision = decisions[i];
    if (decision.serve == Serve::untouched)
      continue;
    if (decision.serve != Serve::renumber) {
      outcome.work.push_back({i, decision});
      continue;
    }
    const auto made = renumbered.find(subjects[i].ko);
    const bool is_of_file = made != renumbered.end() && made->second->stamp == seen[i].stamp;
    if (is_of_file && made->second->why_not.empty())
      outcome.renumber.emplace(subjects[i].ko, made->second);
    else
      outcome.work.push_back(
          {i, decide_without_renumbering(decision, seen[i].observed,
                                         is_of_file ? made->second->why_not : std::string())});
  }
  return outcome;
}

std::optional<ModuleRecord> observed_record(const KnownModule& subject, const Seen& seen,
                                            const Decision& decision, const BuildKey& key,
                                            const std::string& at) {
  const bool is_adopted = decision.reason.code == ReasonCode::adopted;
  const bool is_refused = decision.reason.code == ReasonCode::no_record;
  // The recorded bytes with another stamp: touched, copied under another name, restored. Or an
  // interrupted renumbering, which needs its step and stays marked until then.
  const bool is_moved =
      decision.serve != Serve::link && subject.record &&
      (!(subject.record->stamp == seen.stamp) || subject.record->is_settled != seen.is_settled ||
       seen.inputs.is_known() || subject.record->state == ModuleState::renumbering);
  if (!is_adopted && !is_moved && !is_refused)
    return std::nullopt;
  ModuleRecord kept = subject.record ? *subject.record : ModuleRecord{};
  kept.ko = subject.ko;
  if (seen.observed.is_recorded_file || is_adopted)
    kept.state = ModuleState::finished;
  if (is_refused)
    kept.state = ModuleState::doubtful;
  kept.stamp = seen.stamp;
  kept.is_settled = seen.is_settled;
  if (seen.inputs.is_known())
    kept.inputs = seen.inputs;
  if (decision.serve == Serve::untouched)
    kept.key = key;
  kept.adopted = kept.adopted || is_adopted;
  if (is_adopted || is_refused) {
    kept.reason_code = to_string(decision.reason.code);
    kept.reason = decision.reason.text;
    kept.at = at;
  }
  return kept;
}

} // namespace kbtf
