// SPDX-License-Identifier: GPL-2.0-only
// Service: the self-check. After each stage one of its modules is made once more as stock makes it,
// when the machine is idle, and compared: every renumbered byte stands on an argument, and this
// is what would notice that the argument does not hold for some pahole or kernel to come. A module
// that was adopted is made again in any case, once: until then nothing but its time stamp speaks
// for it.
#include "daemon/server/service.hpp"

#include "daemon/stage/self_check.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

constexpr const char* k_checks = "self_checks";
// Coprime to any number of modules that is not a multiple of it.
constexpr std::uint64_t k_stride = 7919;

} // namespace

void Service::want_checks(const Stage& stage, const std::vector<std::string>& renumbered) {
  if (m_places.check_dir.empty())
    return;
  for (const auto& module : stage.facts->modules)
    if (const ModuleRecord* record = m_records.find(step_path(stage, module));
        record && record->adopted)
      want_check(stage, *record);
  // Those that the daemon wrote in this stage come first, else any that it vouches for. In turns,
  // from another one in each stage.
  const auto& names = renumbered.empty() ? stage.facts->modules : renumbered;
  if (names.empty() || m_is_turn_open)
    return;
  const std::string& name = names[(m_next_stage * k_stride) % names.size()];
  const ModuleRecord* record = m_records.find(step_path(stage, name));
  if (record && !record->adopted)
    m_is_turn_open = want_check(stage, *record);
}

// False: there is nothing to check, or it is being checked.
bool Service::want_check(const Stage& stage, const ModuleRecord& record) {
  const auto request = m_requests.find(tree_of(stage.cwd, stage.modules_order));
  if (request == m_requests.end() || record.state != ModuleState::finished)
    return false;
  // An adopted module is tried once for each base: what could not be had then is not there now.
  const auto [tried, is_new] = m_checked_adopted.try_emplace(record.ko, record.key.base);
  if (record.adopted && !is_new && tried->second == record.key.base)
    return false;
  tried->second = record.key.base;
  if (!record.adopted)
    m_checked_adopted.erase(tried);
  ++m_open_jobs;
  m_idle.add([this, plan = request->second, facts = stage.facts, record] {
    const Regenerator regenerator(plan, facts, m_hashes, m_places.check_dir, m_idle.cancel());
    auto made = guarded([&] {
      return self_check(regenerator, plan, facts->base_path, m_places.state_dir, record);
    });
    SelfCheck check;
    check.record = record;
    if (made)
      check = *std::move(made);
    else
      check.text = made.error().text;
    boost::asio::post(m_loop, [this, check = std::move(check)] { take_check(check); });
  });
  return true;
}

void Service::take_check(const SelfCheck& check) {
  --m_open_jobs;
  const bool was_adopted = check.record.adopted;
  if (!was_adopted)
    m_is_turn_open = false;
  SelfChecks counts = load_value<SelfChecks>(k_checks);
  switch (check.result) {
  case Regenerated::Result::same:
    ++counts.same;
    take_proof(check);
    break;
  case Regenerated::Result::different:
    ++(was_adopted ? counts.adopted_different : counts.different);
    spdlog::error("self-check: {}", check.text);
    if (was_adopted && m_records.find(check.record.ko) && !m_active.contains(check.record.ko))
      doubt(check.record.ko, "it was built without kbtf, and not as stock would build it now");
    break;
  case Regenerated::Result::unchecked:
    ++counts.unchecked;
    spdlog::info("self-check: {}: {}", check.record.ko, check.text);
    break;
  }
  m_records.put_value(k_checks, nlohmann::json(counts).dump());
  answer_drains();
}

// The record is of the same file, made with the same base and tools.
bool Service::is_current(const ModuleRecord& then) const {
  const ModuleRecord* now = m_records.find(then.ko);
  return now && now->state == ModuleState::finished && now->stamp == then.stamp &&
         now->key == then.key && !m_active.contains(then.ko);
}

// The module is what stock makes of it: it is as good as one that kbtf has built, and its pristine
// bytes are known.
void Service::take_proof(const SelfCheck& check) {
  if (!is_current(check.record))
    return;
  ModuleRecord record = *m_records.find(check.record.ko);
  const bool has_news = record.adopted || !check.patch.empty();
  record.adopted = false;
  if (!record.link.is_known())
    record.link = check.link;
  if (!record.inputs.is_known())
    record.inputs = check.inputs;
  const bool is_read = record.has_content(); // else by this check, before the patch worker
  if (!check.patch.empty() &&
      (!is_read || (record.rest == check.rest && record.btf == check.btf))) {
    record.rest = check.rest;
    record.btf = check.btf;
    record.pristine = check.pristine;
    m_records.put_with_patch(std::move(record), check.patch);
  } else if (has_news) {
    m_records.put(std::move(record));
  }
}

} // namespace kbtf
