// SPDX-License-Identifier: GPL-2.0-only
// Service: the plan verb, in three turns: facts (pool), modules as they are now (pool), decisions
// (loop). And the end of a stage.
#include "daemon/server/service.hpp"

#include "daemon/server/tool_inputs.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/framing.hpp"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// Stages whose end never came (a failed build) are kept this long, in number.
constexpr std::size_t k_max_stages = 16;
constexpr const char* k_stages = "stages";

StageInfo info_of(const PlanRequest& request) {
  StageInfo info;
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
};

void Service::plan(const PlanRequest& request, Respond respond) {
  auto job = std::make_shared<PlanJob>();
  job->request = request;
  job->respond = std::move(respond);
  offload([this, job] { return gather_facts(job->request, m_hashes); },
          [this, job](Expected<StageFacts> facts) {
            if (!facts)
              return plan_stock(job->request, facts.error(), job->respond);
            job->facts = *std::move(facts);
            plan_with_facts(job);
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
  offload([job] { return observe_modules(job->subjects, job->facts); },
          [this, job](const std::vector<Seen>& seen) { plan_decide(job, seen); });
}

void Service::plan_decide(const std::shared_ptr<PlanJob>& job, const std::vector<Seen>& seen) {
  Stage stage;
  stage.id = std::to_string(m_next_stage++);
  stage.cwd = job->request.cwd;
  stage.modules_order = job->request.modules_order;
  stage.facts = std::move(job->facts);
  stage.counts.modules = stage.facts.modules.size();
  const BuildKey key = stage.facts.key();
  keep_tool_inputs(stage.facts.tools);

  PlanReply answer;
  answer.stage = stage.id;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto& subject = job->subjects[i];
    const ModuleRecord* record = subject.record ? &*subject.record : nullptr;
    Decision decision = decide(record, seen[i].observed, key);
    if (record)
      decision.reason = name_culprit(std::move(decision.reason), *record, stage.facts.tools);
    const bool is_adopted = decision.reason.code == ReasonCode::adopted;
    // The recorded bytes with another stamp: touched, linked to another name, restored.
    const bool is_touched_only =
        decision.serve != Serve::link && record && !(record->stamp == seen[i].stamp);
    if (is_adopted || is_touched_only) {
      ModuleRecord kept = record ? *record : ModuleRecord{};
      kept.ko = subject.ko;
      kept.state = ModuleState::finished;
      kept.stamp = seen[i].stamp;
      if (decision.serve == Serve::untouched)
        kept.key = key;
      kept.adopted = kept.adopted || is_adopted;
      if (is_adopted) {
        kept.reason_code = to_string(decision.reason.code);
        kept.reason = decision.reason.text;
        kept.at = now_rfc3339();
      }
      m_records.put(kept);
      if (is_adopted) // so that a later touch or copy of it is recognised by content
        add_job({subject.ko, seen[i].stamp, nullptr});
    }
    if (decision.serve == Serve::untouched)
      continue;
    answer.modules.push_back(
        {as_make_spells(stage.facts.modules[i]), decision.serve, decision.reason.text});
    stage.reasons.emplace(subject.ko, std::move(decision.reason));
  }

  // Said once per tree: Kbuild's -j makes pahole before 1.29 write other bytes on every run.
  const std::string notice = "dropped " + job->request.dropped_flag + " in " + stage.cwd;
  if (!job->request.dropped_flag.empty() && m_records.value(notice).empty()) {
    m_records.put_value(notice, "said");
    answer.notices.push_back("pahole before 1.29 writes other BTF on every run with " +
                             job->request.dropped_flag + "; leaving it out in this tree");
  }
  end_unfinished_stages(stage);
  watch_stage(stage);
  spdlog::info("{}: stage {}: {} modules, {} to work on, base {}, tools {}", stage.cwd, stage.id,
               stage.counts.modules, answer.modules.size(), key.base.hex(), key.tools.hex());
  StageInfo info = info_of(job->request);
  info.base = stage.facts.base_path;
  info.base_hash = key.base.hex();
  info.tool_key = key.tools.hex();
  remember_stage(std::move(info));
  m_stages.push_back(std::move(stage));
  while (m_stages.size() > k_max_stages) {
    close_stage(m_stages.front());
    m_stages.pop_front();
  }
  job->respond(reply(answer));
}

// A build that failed never said that its stage ended; the next one over the same modules does.
void Service::end_unfinished_stages(const Stage& next) {
  m_stages.remove_if([&](const Stage& old) {
    if (old.cwd != next.cwd || old.modules_order != next.modules_order)
      return false;
    close_stage(old);
    return true;
  });
}

void Service::remember_stage(StageInfo info) {
  info.at = now_rfc3339();
  std::string tree = info.cwd;
  m_last_stages.insert_or_assign(std::move(tree), std::move(info));
  auto all = nlohmann::json::array();
  for (const auto& [cwd, last] : m_last_stages)
    all.push_back(last);
  m_records.put_value(k_stages, all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Service::load_stages() {
  const auto all = nlohmann::json::parse(m_records.value(k_stages), nullptr, false);
  if (!all.is_array())
    return;
  for (const auto& item : all)
    if (auto info = from_body<StageInfo>(item);
        info && ::access(info->cwd.c_str(), F_OK) == 0) { // a deleted tree is forgotten
      if (!info->base.empty()) {
        m_watched_bases[info->base] = info->cwd;
        m_watcher->watch(std::filesystem::path(info->base).parent_path().string());
      }
      m_last_stages[info->cwd] = *info;
    }
}

void Service::keep_tool_inputs(const ToolKey& tools) {
  const std::string name = tool_inputs_name(tools.key);
  if (m_records.value(name).empty())
    m_records.put_value(name, tool_inputs_to_text(tools.inputs));
}

// "BTF tools or flags changed" becomes "BTF tools or flags changed: /usr/bin/pahole".
Reason Service::name_culprit(Reason reason, const ModuleRecord& record, const ToolKey& now) {
  if (reason.code != ReasonCode::tools_changed && reason.code != ReasonCode::base_and_tools_changed)
    return reason;
  const auto then = tool_inputs_from_text(m_records.value(tool_inputs_name(record.key.tools)));
  for (const auto& input : now.inputs) {
    const auto same = [&input](const ToolInput& old) {
      return old.name == input.name && old.value == input.value;
    };
    if (std::none_of(then.begin(), then.end(), same)) {
      reason.text += ": " + input.name;
      break;
    }
  }
  return reason;
}

Stage* Service::find_stage(const std::string& id) {
  const auto it = std::find_if(m_stages.begin(), m_stages.end(),
                               [&id](const Stage& stage) { return stage.id == id; });
  return it == m_stages.end() ? nullptr : &*it;
}

std::string Service::step_path(const Stage& stage, const std::string& ko) const {
  return absolute_path(stage.cwd, ko);
}

void Service::stage_end(const StageEndRequest& request, const Respond& respond) {
  Stage* stage = find_stage(request.stage);
  if (!stage)
    return respond(make_error({ErrorKind::not_found, "no stage " + request.stage}));
  close_stage(*stage);
  StageEndReply answer{stage->counts};
  m_stages.remove_if([&request](const Stage& s) { return s.id == request.stage; });
  respond(reply(answer));
}

void Service::close_stage(const Stage& stage) {
  Counts counts = stage.counts;
  counts.untouched = counts.modules - std::min<std::uint64_t>(counts.modules, stage.touched.size());
  if (Stage* own = find_stage(stage.id))
    own->counts = counts;
  add_to_totals(counts);
}

} // namespace kbtf
