// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/self_checker.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// Coprime to any number of modules that is not a multiple of it.
constexpr std::uint64_t k_stride = 7919;

} // namespace

SelfChecker::SelfChecker(Ground& ground, const TreeTable& trees, StepTracker& steps, Totals& totals,
                         Check check)
    : m_ground(ground), m_trees(trees), m_steps(steps), m_totals(totals),
      m_check(std::move(check)) {
  if (!m_check)
    m_check = [&ground](const StageSpec& spec, const std::shared_ptr<const StageFacts>& facts,
                        const ModuleRecord& record) {
      const Regenerator regenerator(spec, facts, ground.hashes, ground.places.check_dir,
                                    ground.idle.cancel());
      return self_check(regenerator, spec, facts->base_path, ground.places.state_dir, record);
    };
}

void SelfChecker::queue(const Stage& stage, const std::vector<std::string>& renumbered,
                        std::uint64_t turn) {
  if (m_ground.places.check_dir.empty())
    return;
  for (const auto& module : stage.facts->modules)
    if (const ModuleRecord* record = m_ground.records.find(stage.path_of(module));
        record && record->adopted)
      queue(stage, *record);
  const auto& names = renumbered.empty() ? stage.facts->modules : renumbered;
  if (names.empty() || m_is_turn_open)
    return;
  const std::string& name = names[(turn * k_stride) % names.size()];
  const ModuleRecord* record = m_ground.records.find(stage.path_of(name));
  if (record && !record->adopted)
    m_is_turn_open = queue(stage, *record);
}

// False: nothing to check, or tried already.
bool SelfChecker::queue(const Stage& stage, const ModuleRecord& record) {
  const StageSpec* spec = m_trees.spec(tree_of(stage.cwd, stage.modules_order));
  if (!spec || record.state != ModuleState::finished)
    return false;
  // Try an adopted module once for each base: what was unavailable then still is.
  const auto [tried, is_new] = m_checked_adopted.try_emplace(record.ko, record.key.base);
  if (record.adopted && !is_new && tried->second == record.key.base)
    return false;
  tried->second = record.key.base;
  if (!record.adopted)
    m_checked_adopted.erase(tried);
  m_ground.idle.add([this, work = m_ground.work.begin_shared(), spec = *spec, facts = stage.facts,
                     record] {
    auto made = guarded([&] { return m_check(spec, facts, record); });
    SelfCheck check;
    check.record = record;
    if (made)
      check = *std::move(made);
    else
      check.text = made.error().text;
    boost::asio::post(m_ground.loop, [this, work, check = std::move(check)] { on_checked(check); });
  });
  return true;
}

void SelfChecker::on_checked(const SelfCheck& check) {
  const bool was_adopted = check.record.adopted;
  if (!was_adopted)
    m_is_turn_open = false;
  SelfCheckCounts counts = m_totals.self_checks();
  switch (check.result) {
  case Regenerated::Result::same:
    ++counts.same;
    take_proof(check);
    break;
  case Regenerated::Result::different:
    ++(was_adopted ? counts.adopted_different : counts.different);
    spdlog::error("self-check: {}", check.text);
    if (was_adopted && m_ground.records.find(check.record.ko) &&
        !m_steps.is_active(check.record.ko))
      m_steps.doubt(check.record.ko, "built without kbtf, and differs from a stock build now");
    break;
  case Regenerated::Result::unchecked:
    ++counts.unchecked;
    spdlog::info("self-check: {}: {}", check.record.ko, check.text);
    break;
  }
  m_totals.set_self_checks(counts);
}

// Whether the record still is of the same file, built with the same base and tools.
bool SelfChecker::is_current(const ModuleRecord& then) const {
  const ModuleRecord* now = m_ground.records.find(then.ko);
  return now && now->state == ModuleState::finished && now->stamp == then.stamp &&
         now->key == then.key && !m_steps.is_active(then.ko);
}

// Stock makes the same module: it is now as good as one that kbtf built, and its pristine bytes are
// known.
void SelfChecker::take_proof(const SelfCheck& check) {
  if (!is_current(check.record))
    return;
  ModuleRecord record = *m_ground.records.find(check.record.ko);
  const bool has_news = record.adopted || !check.patch.empty();
  record.adopted = false;
  if (!record.link.is_known())
    record.link = check.link;
  if (!record.inputs.is_known())
    record.inputs = check.inputs;
  const bool is_read = record.has_content(); // else this check read it before the patch worker
  if (!check.patch.empty() &&
      (!is_read || (record.rest == check.rest && record.btf == check.btf))) {
    record.rest = check.rest;
    record.btf = check.btf;
    record.pristine = check.pristine;
    m_ground.records.put_with_patch(std::move(record), check.patch);
  } else if (has_news) {
    m_ground.records.put(std::move(record));
  }
}

} // namespace kbtf
