// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/step_tracker.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/model/time_text.hpp"
#include "util/old_time.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// Nobody knows which of them wrote last, and what.
constexpr const char* k_two_makes = "two makes built it at the same time";

// What a link wrote, and what it read.
struct Linked {
  Expected<PristineCopyPtr> copy;
  ContentHash named; // hash_of_stamps() of the files that the command names
  // The link's input files and the linker, with the stamps that it just saw; hashed after the
  // build.
  std::vector<ToolFile> files;
};

Linked take_linked(const std::string& ko, const std::string& copy_dir, const LinkSpec& link,
                   const StageFacts& facts) {
  Linked linked{copy_dir.empty() ? PristineCopyPtr() : copy_pristine(ko, copy_dir),
                hash_of_stamps(named_files(link.command, link.around.cwd, ko)), stamp_inputs(link)};
  linked.files.insert(linked.files.end(), facts.linker.files.begin(), facts.linker.files.end());
  return linked;
}

// Restores the pristine bytes, and returns a copy of them.
Expected<PristineCopyPtr> restore(const ModuleRecord& record, const PristineCopyPtr& at_hand,
                                  const std::vector<std::byte>& patch, const std::string& copy_dir,
                                  const std::function<bool()>& wanted) {
  auto stamp = stamp_of(record.ko);
  if (!stamp || !(*stamp == record.stamp))
    return unexpected(ErrorKind::file_moved, record.ko + ": changed since the plan");
  if (at_hand) {
    if (auto restored = restore_from_copy(record.ko, *at_hand, wanted); !restored)
      return restored.forward_error();
    return at_hand;
  }
  auto sections = read_module_sections(record.ko);
  if (!sections)
    return sections.forward_error();
  return restore_from_patch(record.ko, {patch, sections->numbered(), record.pristine}, copy_dir,
                            wanted);
}

} // namespace

StepTracker::StepTracker(Ground& ground, std::function<void(const ModuleRecord&)> on_recorded)
    : m_ground(ground),
      m_patches(
          ground, [this](const std::string& ko) { return is_active(ko); }, std::move(on_recorded)) {
}

// A client that begins a second time (it has linked meanwhile) still has one step.
void StepTracker::open(const std::string& ko, OpenStep& step) {
  if (step.ko == ko)
    return;
  abandon(step);
  step.ko = ko;
  m_open_steps.open(ko);
}

// Recorded before the first byte changes: whatever happens next, the record is not believed until
// finish() succeeds.
void StepTracker::mark_writing(const std::string& ko, const Stage& stage, bool is_linked) {
  const ModuleRecord* old = m_ground.records.find(ko);
  ModuleRecord record = old ? *old : ModuleRecord{};
  record.ko = ko;
  record.state = ModuleState::writing;
  record.key = stage.facts->key();
  record.adopted = false;
  const auto it = stage.reasons.find(ko);
  const Reason reason =
      it != stage.reasons.end() ? it->second : plain_reason(ReasonCode::link_inputs);
  record.reason_code = to_string(reason.code);
  record.reason = reason.text;
  record.at = now_rfc3339();
  if (is_linked)
    record.pristine = record.rest = record.btf = record.link = record.inputs = {};
  m_ground.records.put(std::move(record));
}

void StepTracker::doubt(const std::string& ko, const std::string& why) {
  spdlog::warn("{}: in doubt: {}", ko, why);
  m_patches.drop_copy(ko);
  m_ground.records.put_doubt(ko, why);
}

void StepTracker::begin_linked(const std::string& ko, const Stage& stage, LinkSpec link,
                               OpenStep& step, OnBegun then) {
  open(ko, step);
  mark_writing(ko, stage, true);
  m_patches.drop_copy(ko);
  m_ground.offload([ko, dir = m_ground.places.copy_dir, link,
                    facts = stage.facts] { return take_linked(ko, dir, link, *facts); },
                   [this, ko, link, id = stage.id, then = std::move(then)](Expected<Linked> done) {
                     Linked linked = done ? *std::move(done) : Linked{done.forward_error(), {}, {}};
                     // Without a copy the step runs as usual; when the base changes, the module is
                     // linked again.
                     if (!linked.copy)
                       spdlog::warn("{}: no pristine copy: {}", ko, linked.copy.error().text);
                     m_active[ko] = {id,
                                     linked.copy ? *linked.copy : nullptr,
                                     true,
                                     linked.named,
                                     [this, link, files = std::move(linked.files)] {
                                       return link_key_of(link, files, m_ground.hashes);
                                     },
                                     m_ground.hurry.begin()};
                     then({});
                   });
}

void StepTracker::begin_finished(const std::string& ko, const Stage& stage, OpenStep& step,
                                 OnBegun then) {
  open(ko, step);
  const auto relink = [this, ko, then](const std::string& why) {
    doubt(ko, why);
    then({why});
  };
  const ModuleRecord* found = m_ground.records.find(ko);
  if (!found || (found->state != ModuleState::finished && found->state != ModuleState::renumbering))
    return relink("no finished record");
  const ModuleRecord record = *found;
  const PristineCopyPtr at_hand = m_patches.copy_of(ko);
  std::vector<std::byte> patch;
  if (!at_hand) {
    auto stored = m_ground.records.patch(record);
    if (!stored)
      return relink(stored.error().text);
    patch = *std::move(stored);
  }
  mark_writing(ko, stage, false);
  m_ground.offload(
      [record, at_hand, patch = std::move(patch), dir = m_ground.places.copy_dir,
       wanted = step.still_asked()] { return restore(record, at_hand, patch, dir, wanted); },
      [this, ko, id = stage.id, relink, then](const Expected<PristineCopyPtr>& copy) {
        if (!copy)
          return relink(copy.error().text);
        m_active[ko] = {id, *copy, false, {}, {}, m_ground.hurry.begin()};
        then({});
      });
}

void StepTracker::finish(const Stage& stage, bool is_done, OpenStep& step,
                         std::function<void()> then) {
  const std::string ko = std::move(step.ko);
  step.ko.clear(); // whatever happens to the client, the step has ended
  m_ground.offload(
      [ko, is_done, is_alone = m_open_steps.is_alone(ko),
       facts = stage.facts]() -> Expected<FinishedModule> {
        Expected<FinishedModule> made =
            !is_done    ? unexpected(ErrorKind::unsupported, "its BTF step failed")
            : !is_alone ? unexpected(ErrorKind::file_moved, k_two_makes)
                        : read_finished(ko, *facts);
        if (!made)
          static_cast<void>(set_old_time(ko)); // make deletes it, or finds it too old
        return made;
      },
      [this, ko, id = stage.id, facts = stage.facts,
       then = std::move(then)](const Expected<FinishedModule>& made) {
        take_finished(ko, id, *facts, made);
        then();
      });
}

void StepTracker::take_finished(const std::string& ko, const std::string& stage,
                                const StageFacts& facts, const Expected<FinishedModule>& made) {
  const bool was_alone = m_open_steps.close(ko);
  Active done;
  if (const auto active = m_active.find(ko);
      active != m_active.end() && active->second.stage == stage)
    done = std::move(active->second);
  if (!m_open_steps.has(ko))
    m_active.erase(ko);
  if (!made)
    doubt(ko, made.error().text);
  else if (!was_alone)
    doubt(ko, k_two_makes);
  else
    record_finished(ko, facts, *made, std::move(done));
}

void StepTracker::record_finished(const std::string& ko, const StageFacts& facts,
                                  const FinishedModule& made, Active done) {
  const ModuleRecord* marked = m_ground.records.find(ko);
  if (!marked || marked->state != ModuleState::writing)
    return doubt(ko, "its record was lost while the step ran");
  ModuleRecord record = *marked;
  record.state = ModuleState::finished;
  record.stamp = made.content.stamp;
  record.is_settled = made.is_settled;
  record.key = facts.key();
  record.rest = made.content.rest;
  record.btf = made.content.btf;
  record.pristine = {};
  if (done.is_linked)
    record.inputs = done.inputs;
  PatchJob job{ko, record.stamp, record.rest, record.btf, done.copy, std::move(done.hash_link), {}};
  m_ground.records.put(std::move(record));
  m_patches.add(std::move(job));
}

void StepTracker::abandon(const OpenStep& step) {
  if (step.ko.empty())
    return;
  spdlog::info("{}: the client went away before the step ended", step.ko);
  m_open_steps.close(step.ko);
  if (!m_open_steps.has(step.ko))
    m_active.erase(step.ko);
  // The record stays "writing": the next plan has the module linked.
}

bool StepTracker::is_active_in(const std::string& tree) const {
  return std::ranges::any_of(
      m_active, [&tree](const auto& step) { return step.first.starts_with(tree + "/"); });
}

} // namespace kbtf
