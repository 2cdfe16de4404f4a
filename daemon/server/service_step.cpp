// SPDX-License-Identifier: GPL-2.0-only
// Service: begin and finish, around the tree's own cmd_btf_ko.
#include "daemon/server/service.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/stage/finished_module.hpp"
#include "util/old_time.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// Which of them wrote last, and what, is anybody's guess.
constexpr const char* k_two_makes = "two makes worked on it at once";

} // namespace

void Service::begin(const BeginRequest& request, OpenStep& step, Respond respond) {
  Stage* stage = find_stage(request.stage);
  if (!stage)
    return respond(make_error({ErrorKind::not_found, "no stage " + request.stage}));
  const std::string ko = step_path(*stage, request.ko);
  stage->touched.insert(ko);
  stage->renumber.erase(ko);
  stage->same_link.erase(ko);
  open_step(ko, step);
  if (request.input == Input::link_output)
    begin_link_output(step, *stage, request.link, std::move(respond));
  else
    begin_finished(step, *stage, std::move(respond));
}

// Durable before the first byte changes: whatever happens next, the record is not believed until
// finish says so.
void Service::mark_writing(const std::string& ko, const Stage& stage, Input input) {
  const ModuleRecord* old = m_records.find(ko);
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
  if (input == Input::link_output)
    record.pristine = record.rest = record.btf = record.link = record.inputs = {};
  m_records.put(std::move(record));
}

// Nobody knows what the .ko holds: it is linked next time, whatever it looks like.
void Service::doubt(const std::string& ko, const std::string& why) {
  spdlog::warn("{}: in doubt: {}", ko, why);
  m_copies.erase(ko);
  m_records.put_doubt(ko, why);
}

void Service::begin_link_output(const OpenStep& step, const Stage& stage, const LinkText& link,
                                Respond respond) {
  const std::string ko = step.ko;
  mark_writing(ko, stage, Input::link_output);
  m_copies.erase(ko);
  struct Taken {
    Expected<PristineCopyPtr> copy;
    ContentHash named; // of the stamps of the files that the command names
    // The link's files and the linker, as it has just had them; hashed behind the build.
    std::vector<ToolFile> files;
  };
  const LinkSpec spec = link_spec(stage, link);
  offload(
      [ko, dir = m_places.copy_dir, spec, facts = stage.facts] {
        Taken taken{dir.empty() ? PristineCopyPtr() : copy_pristine(ko, dir),
                    hash_of_stamps(named_files(spec.command, spec.around.cwd, ko)),
                    stamp_inputs(spec)};
        const auto& linker = facts->linker.files;
        taken.files.insert(taken.files.end(), linker.begin(), linker.end());
        return taken;
      },
      [this, ko, spec, id = stage.id, respond = std::move(respond)](Expected<Taken> done) {
        Taken taken = done ? *std::move(done) : Taken{done.forward_error(), {}, {}};
        // Without a copy the step runs as ever; the module is linked again when the base changes.
        if (!taken.copy)
          spdlog::warn("{}: no pristine copy: {}", ko, taken.copy.error().text);
        Active active;
        active.stage = id;
        active.copy = taken.copy ? *taken.copy : nullptr;
        active.is_linked = true;
        active.inputs = taken.named;
        active.hash_link = [this, spec, files = std::move(taken.files)] {
          return link_key_of(spec, files, m_hashes);
        };
        begin_ready(ko, std::move(active), respond);
      });
}

void Service::begin_finished(const OpenStep& step, const Stage& stage, Respond respond) {
  const std::string ko = step.ko;
  const ModuleRecord* found = m_records.find(ko);
  const auto relink = [this, ko, respond](const std::string& why) {
    doubt(ko, why);
    respond(reply(BeginReply{Begin::relink, why}));
  };
  if (!found || (found->state != ModuleState::finished && found->state != ModuleState::renumbering))
    return relink("no finished record");
  const ModuleRecord record = *found;
  const auto pending = m_copies.find(ko);
  const PristineCopyPtr at_hand = pending == m_copies.end() ? nullptr : pending->second;
  std::vector<std::byte> patch;
  if (!at_hand) {
    auto stored = m_records.patch(record);
    if (!stored)
      return relink(stored.error().text);
    patch = *std::move(stored);
  }
  mark_writing(ko, stage, Input::finished);
  offload(
      [record, at_hand, patch = std::move(patch), dir = m_places.copy_dir,
       wanted = step.still_asked()]() -> Expected<PristineCopyPtr> {
        auto stamp = stamp_of(record.ko);
        if (!stamp || !(*stamp == record.stamp))
          return unexpected(ErrorKind::file_moved, record.ko + ": changed since the plan");
        if (!at_hand) {
          auto sections = read_module_sections(record.ko);
          if (!sections)
            return sections.forward_error();
          return restore_from_patch(record.ko, {patch, sections->numbered(), record.pristine}, dir,
                                    wanted);
        }
        if (auto restored = restore_from_copy(record.ko, *at_hand, wanted); !restored)
          return restored.forward_error();
        return at_hand;
      },
      [this, ko, id = stage.id, relink,
       respond = std::move(respond)](const Expected<PristineCopyPtr>& copy) {
        if (!copy)
          return relink(copy.error().text);
        Active active;
        active.stage = id;
        active.copy = *copy;
        begin_ready(ko, std::move(active), respond);
      });
}

void Service::begin_ready(const std::string& ko, Active active, const Respond& respond) {
  m_active[ko] = std::move(active);
  hold_idle_work();
  respond(reply(BeginReply{Begin::ready, {}}));
}

void Service::finish(const FinishRequest& request, OpenStep& step, const Respond& respond) {
  Stage* stage = find_stage(request.stage);
  const std::string ko = stage ? step_path(*stage, request.ko) : std::string();
  if (!stage || step.ko != ko)
    return respond(make_error({ErrorKind::not_found, request.ko + ": no step was begun"}));
  step.ko.clear(); // whatever becomes of the client, the step has ended
  if (request.linked)
    ++stage->counts.linked;
  const bool is_done = request.exit_status == 0;
  if (is_done)
    ++stage->counts.btf_run;
  offload(
      [ko, is_done, is_alone = m_open_steps.is_alone(ko),
       facts = stage->facts]() -> Expected<FinishedModule> {
        Expected<FinishedModule> made =
            !is_done    ? unexpected(ErrorKind::unsupported, "its BTF step failed")
            : !is_alone ? unexpected(ErrorKind::file_moved, k_two_makes)
                        : read_finished(ko, *facts);
        if (!made)
          static_cast<void>(set_old_time(ko)); // make deletes it, or finds it old
        return made;
      },
      [this, ko, id = request.stage, facts = stage->facts,
       respond](const Expected<FinishedModule>& made) {
        take_finished(ko, id, *facts, made);
        respond(reply(FinishReply{}));
      });
}

// A client that begins for the second time (it has linked meanwhile) has one step.
void Service::open_step(const std::string& ko, OpenStep& step) {
  if (step.ko == ko)
    return;
  abandon(step);
  step.ko = ko;
  m_open_steps.open(ko);
}

void Service::take_finished(const std::string& ko, const std::string& stage,
                            const StageFacts& facts, const Expected<FinishedModule>& made) {
  const bool was_alone = m_open_steps.close(ko);
  Active done;
  if (const auto active = m_active.find(ko);
      active != m_active.end() && active->second.stage == stage)
    done = std::move(active->second);
  if (!m_open_steps.has(ko))
    m_active.erase(ko);
  hold_idle_work();
  if (!made)
    doubt(ko, made.error().text);
  else if (!was_alone)
    doubt(ko, k_two_makes);
  else
    record_finished(ko, facts, *made, std::move(done));
}

void Service::record_finished(const std::string& ko, const StageFacts& facts,
                              const FinishedModule& made, Active done) {
  const ModuleRecord* marked = m_records.find(ko);
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
  PatchJob job{ko, record.stamp, record.rest, record.btf, done.copy, std::move(done.hash_link)};
  m_records.put(std::move(record));
  if (done.copy)
    m_copies[ko] = std::move(done.copy);
  add_job(std::move(job));
}

void Service::abandon(const OpenStep& step) {
  if (step.ko.empty())
    return;
  spdlog::info("{}: the client went away before the step ended", step.ko);
  m_open_steps.close(step.ko);
  if (!m_open_steps.has(step.ko))
    m_active.erase(step.ko);
  hold_idle_work();
  // the record stays "writing": linked again by the next plan
}

} // namespace kbtf
