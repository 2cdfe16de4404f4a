// SPDX-License-Identifier: GPL-2.0-only
// Service: the plan verb, in three turns: facts (pool), modules as they are now (pool), decisions
// (loop).
#include "daemon/server/service.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/stage/link_check.hpp"
#include "daemon/stage/tool_inputs.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/framing.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

StageInfo info_of(const PlanRequest& request) {
  StageInfo info;
  info.tree = tree_of(request.cwd, request.modules_order);
  info.cwd = request.cwd;
  info.modules_order = request.modules_order;
  info.kernel = request.kernel;
  info.rule = request.rule;
  return info;
}

} // namespace

struct Service::PlanJob {
  PlanRequest request;
  Respond respond;
  StageFacts facts;
  std::vector<Subject> subjects;
  std::vector<Seen> seen;           // by subject
  std::vector<Decision> decisions;  // by subject
  std::optional<Distrust> distrust; // of this tool key: renumber nothing
};

void Service::plan(const PlanRequest& request, Respond respond) {
  auto job = std::make_shared<PlanJob>();
  job->request = request;
  // While a build waits no profile is begun.
  ++m_open_plans;
  hold_idle_work();
  job->respond = [this, respond = std::move(respond)](nlohmann::json answer) {
    --m_open_plans;
    hold_idle_work();
    respond(std::move(answer));
  };
  offload([this, job] { return gather_facts(job->request, m_hashes); },
          [this, job](Expected<StageFacts> facts) {
            if (!facts)
              return plan_stock(job->request, facts.error(), job->respond);
            job->facts = *std::move(facts);
            when_written([this, job] { plan_with_facts(job); });
          });
}

void Service::plan_stock(const PlanRequest& request, const Error& why, const Respond& respond) {
  PlanReply answer;
  answer.why_stock = why.text;
  // No vmlinux, no .BTF in it, no pahole: Kbuild and pahole have their own words for these.
  answer.is_stock_told = why.kind == ErrorKind::not_found;
  spdlog::info("{}: stock commands: {}", request.cwd, why.text);
  StageInfo info = info_of(request);
  info.why_stock = why.text;
  remember_stage(std::move(info));
  Counts counts;
  if (auto order = read_file(absolute_path(request.cwd, request.modules_order), k_max_frame))
    counts.modules = counts.fallback_stock = parse_modules_order(*order).size();
  add_to_totals(counts);
  respond(reply(answer));
}

void Service::plan_with_facts(const std::shared_ptr<PlanJob>& job) {
  job->subjects.reserve(job->facts.modules.size());
  for (const auto& module : job->facts.modules) {
    Subject subject;
    subject.ko = absolute_path(job->request.cwd, module);
    if (const ModuleRecord* record = m_records.find(subject.ko))
      subject.record = *record;
    subject.has_copy = m_copies.contains(subject.ko);
    job->subjects.push_back(std::move(subject));
  }
  offload(
      [this, job] {
        auto seen = observe_modules(job->subjects, job->facts);
        check_link_inputs(job->request, job->facts, m_hashes, job->subjects, seen);
        return seen;
      },
      [this, job](Expected<std::vector<Seen>> seen) {
        if (!seen)
          return plan_stock(job->request, seen.error(), job->respond);
        plan_decide(job, *std::move(seen));
      });
}

// A self-check found that renumbered BTF is not what these tools write: nothing that was recorded
// before is believed.
void Service::check_trust(PlanJob& job) {
  job.distrust = find_distrust(m_places.state_dir, job.facts.tools.key);
  if (!job.distrust)
    return;
  for (std::size_t i = 0; i < job.seen.size(); ++i)
    if (const auto& record = job.subjects[i].record)
      job.seen[i].observed.is_distrusted = record->at <= job.distrust->since;
}

void Service::plan_decide(const std::shared_ptr<PlanJob>& job, std::vector<Seen> seen) {
  job->seen = std::move(seen);
  check_trust(*job);
  const BuildKey key = job->facts.key();
  std::vector<RenumberTask> tasks;
  for (std::size_t i = 0; i < job->seen.size(); ++i) {
    const auto& record = job->subjects[i].record;
    job->decisions.push_back(decide(record ? &*record : nullptr, job->seen[i].observed, key));
    if (!job->request.sends_stage_end || !record || job->distrust ||
        job->decisions.back().reason.code != ReasonCode::base_changed)
      continue;
    if (auto task = renumber_task(*record, job->seen[i].stamp))
      tasks.push_back(*std::move(task));
  }
  if (tasks.empty())
    return plan_answer(job, {});
  m_renumberer.renumber(
      key.base, job->facts.base_path, std::move(tasks),
      [this, job](const Renumberer::Results& renumbered) { plan_answer(job, renumbered); });
}

// What was seen of a module becomes its record: it was adopted, or only its stamp moved, or it is
// one that kbtf cannot vouch for, which is not to be forgotten: a later touch would make it look
// newer than its inputs.
std::optional<ModuleRecord> Service::observed_record(const Subject& subject, const Seen& seen,
                                                     const Decision& decision,
                                                     const BuildKey& key) {
  const bool is_adopted = decision.reason.code == ReasonCode::adopted;
  const bool is_refused = decision.reason.code == ReasonCode::no_record;
  // The recorded bytes with another stamp: touched, linked to another name, restored. Or what is
  // left of a renumbering, which needs its step and stays marked until then.
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
    kept.at = now_rfc3339();
  }
  return kept;
}

void Service::keep_observed(const PlanJob& job, const BuildKey& key) {
  std::vector<ModuleRecord> kept;
  for (std::size_t i = 0; i < job.seen.size(); ++i)
    if (auto record = observed_record(job.subjects[i], job.seen[i], job.decisions[i], key))
      kept.push_back(*std::move(record));
  if (kept.empty())
    return;
  m_records.put_all(kept, StateDb::Sync::later);
  for (const auto& record : kept)
    if (record.adopted && !record.has_content()) // so that a later touch or copy is recognised
      add_job({record.ko, record.stamp, {}, {}, nullptr, {}});
}

void Service::plan_answer(const std::shared_ptr<PlanJob>& job,
                          const Renumberer::Results& renumbered) {
  Stage stage;
  stage.id = std::to_string(m_next_stage++);
  stage.cwd = job->request.cwd;
  stage.modules_order = job->request.modules_order;
  stage.sends_stage_end = job->request.sends_stage_end;
  stage.around = surroundings_of(job->request);
  stage.link = stage_link(job->request);
  stage.facts = std::make_shared<const StageFacts>(std::move(job->facts));
  // From here on, and on the disk, only what decides: the rest is the user's own.
  job->request.environment = stage.facts->tools.environment;
  stage.counts.modules = stage.facts->modules.size();
  const BuildKey key = stage.facts->key();
  keep_tool_inputs(stage.facts->tools);
  keep_tool_inputs(stage.facts->linker);
  if (stage.facts->pahole)
    m_paholes[key.tools] = stage.facts->pahole;
  keep_base(*stage.facts);
  keep_observed(*job, key);

  PlanReply answer;
  answer.stage = stage.id;
  for (std::size_t i = 0; i < job->seen.size(); ++i) {
    const auto& subject = job->subjects[i];
    Decision& decision = job->decisions[i];
    if (decision.serve == Serve::untouched)
      continue;
    if (subject.record)
      decision.reason = name_culprit(std::move(decision.reason), *subject.record, *stage.facts);
    const auto made = decision.reason.code == ReasonCode::base_changed ? renumbered.find(subject.ko)
                                                                       : renumbered.end();
    if (made != renumbered.end() && made->second->stamp == job->seen[i].stamp) {
      if (made->second->why_not.empty()) {
        stage.renumber.emplace(subject.ko, made->second);
        continue;
      }
      decision.reason.text += ", not renumbered: " + made->second->why_not;
    }
    answer.modules.push_back(
        {as_make_spells(stage.facts->modules[i]), decision.serve, decision.reason.text});
    stage.reasons.emplace(subject.ko, std::move(decision.reason));
  }
  answer.renumbered = stage.renumber.size();

  // Said once per tree: Kbuild's -j makes pahole before 1.29 write other bytes on every run.
  const std::string notice = "dropped " + job->request.dropped_flag + " in " + stage.cwd;
  if (!job->request.dropped_flag.empty() && m_records.value(notice).empty()) {
    m_records.put_value(notice, "said");
    answer.notices.push_back("pahole before 1.29 writes other BTF on every run with " +
                             job->request.dropped_flag + "; leaving it out in this tree");
  }
  if (job->distrust) {
    const std::string mark = distrust_path(m_places.state_dir, key.tools);
    const std::string told = "distrust " + mark;
    if (m_records.value(told) != job->distrust->since) {
      m_records.put_value(told, job->distrust->since);
      answer.notices.push_back(job->distrust->what + "; modules are not renumbered any more, see " +
                               mark);
    }
  }
  watch_stage(stage);
  spdlog::info("{}: stage {}: {} modules, {} to renumber, {} to work on, base {}, tools {}",
               stage.cwd, stage.id, stage.counts.modules, answer.renumbered, answer.modules.size(),
               key.base.hex(), key.tools.hex());
  remember_request(job->request);
  StageInfo info = info_of(job->request);
  info.base = stage.facts->base_path;
  info.base_hash = key.base.hex();
  info.tool_key = key.tools.hex();
  info.linker_key = key.linker.hex();
  remember_stage(std::move(info));
  add_stage(std::move(stage));
  job->respond(reply(answer));
}

void Service::keep_tool_inputs(const ToolKey& tools) {
  const std::string name = tool_inputs_name(tools.key);
  if (m_records.value(name).empty())
    m_records.put_value(name, tool_inputs_to_text(tools.inputs));
}

// "BTF tools or flags changed" becomes "BTF tools or flags changed: /usr/bin/pahole".
Reason Service::name_culprit(Reason reason, const ModuleRecord& record, const StageFacts& now) {
  const bool is_linker = reason.code == ReasonCode::linker_changed;
  if (!is_linker && reason.code != ReasonCode::tools_changed &&
      reason.code != ReasonCode::base_and_tools_changed)
    return reason;
  const auto then = tool_inputs_from_text(
      m_records.value(tool_inputs_name(is_linker ? record.key.linker : record.key.tools)));
  for (const auto& input : is_linker ? now.linker.inputs : now.tools.inputs) {
    const auto same = [&input](const ToolInput& old) {
      return old.name == input.name && old.value == input.value;
    };
    if (std::none_of(then.begin(), then.end(), same)) {
      reason.text += ": " + (input.name == "command" ? "the command" : input.name);
      break;
    }
  }
  return reason;
}

} // namespace kbtf
