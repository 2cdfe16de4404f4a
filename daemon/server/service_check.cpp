// SPDX-License-Identifier: GPL-2.0-only
// Service: the self-check. After each stage one of its modules is made once more as stock makes it,
// when the machine is idle, and compared: every renumbered byte stands on an argument, and this
// is what would notice that the argument does not hold for some pahole or kernel to come.
#include "daemon/server/service.hpp"

#include "daemon/stage/difference.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

constexpr const char* k_checks = "self_checks";
// Coprime to any number of modules that is not a multiple of it.
constexpr std::uint64_t k_stride = 7919;

} // namespace

struct Service::Checked {
  Regenerated::Result result = Regenerated::Result::unchecked;
  std::string text;
};

// Those that the daemon wrote in this stage come first, else any that it vouches for.
void Service::want_check(const Stage& stage, const std::vector<std::string>& renumbered) {
  const auto& names = renumbered.empty() ? stage.facts.modules : renumbered;
  const auto request = m_requests.find(tree_of(stage.cwd, stage.modules_order));
  if (m_places.check_dir.empty() || names.empty() || request == m_requests.end() || m_is_check_open)
    return;
  // In turns, from another one in each stage.
  const std::string& name = names[(m_next_stage * k_stride) % names.size()];
  const ModuleRecord* record = m_records.find(step_path(stage, name));
  if (!record || record->state != ModuleState::finished)
    return;
  m_is_check_open = true;
  ++m_open_jobs;
  m_idle.add([this, plan = request->second, facts = stage.facts, record = *record] {
    Checked checked;
    const Regenerated made =
        Regenerator(plan, facts, m_places.check_dir, m_idle.cancel()).check(record);
    checked.result = made.result;
    checked.text = record.ko + ": " + made.why;
    if (made.result == Regenerated::Result::different) {
      auto kept = keep_difference(m_places.state_dir, plan, facts.base_path, record, made.ko);
      checked.text = kept ? *kept : kept.error().text;
    }
    boost::asio::post(m_loop, [this, checked = std::move(checked)] { take_check(checked); });
  });
}

void Service::take_check(const Checked& checked) {
  --m_open_jobs;
  m_is_check_open = false;
  SelfChecks counts = load_value<SelfChecks>(k_checks);
  switch (checked.result) {
  case Regenerated::Result::same:
    ++counts.same;
    break;
  case Regenerated::Result::different:
    ++counts.different;
    spdlog::error("self-check: {}", checked.text);
    break;
  case Regenerated::Result::unchecked:
    ++counts.unchecked;
    spdlog::info("self-check: {}", checked.text);
    break;
  }
  m_records.put_value(k_checks, nlohmann::json(counts).dump());
  answer_drains();
}

} // namespace kbtf
