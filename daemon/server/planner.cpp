// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/planner.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/stage/link_check.hpp"
#include "daemon/stage/tool_inputs.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <spdlog/spdlog.h>

namespace kbtf {

struct Planner::Job {
  StageSpec spec;
  std::function<void(Plan)> then;
  StageFacts facts;
  std::vector<KnownModule> subjects;
  std::vector<Seen> seen;           // by subject
  std::vector<Decision> decisions;  // by subject
  std::optional<Distrust> distrust; // of this tool key: renumber nothing
  WorkToken hurry;                  // while a build waits, no profile is begun
};

namespace {

TreeRecord tree_record(const StageSpec& spec) {
  TreeRecord tree;
  tree.tree = tree_of(spec.cwd, spec.modules_order);
  tree.cwd = spec.cwd;
  tree.modules_order = spec.modules_order;
  tree.kernel = spec.kernel;
  tree.rule = spec.rule;
  return tree;
}

} // namespace

void Planner::plan(StageSpec spec, std::function<void(Plan)> then) {
  auto job = std::make_shared<Job>();
  job->spec = std::move(spec);
  job->then = std::move(then);
  job->hurry = m_ground.hurry.begin();
  m_ground.offload([this, job] { return gather_facts(job->spec, m_ground.hashes); },
                   [this, job](Expected<StageFacts> facts) {
                     if (!facts)
                       return answer_stock(job, facts.error());
                     job->facts = *std::move(facts);
                     m_parts.stage_end.when_written([this, job] { observe(job); });
                   });
}

void Planner::answer_stock(const JobPtr& job, const Error& why) {
  Plan plan;
  plan.why_stock = why.text;
  // Kbuild and pahole report a missing vmlinux, .BTF or pahole themselves.
  plan.is_stock_told = why.kind == ErrorKind::not_found;
  spdlog::info("{}: falling back to the stock build: {}", job->spec.cwd, why.text);
  TreeRecord tree = tree_record(job->spec);
  tree.why_stock = why.text;
  m_ground.offload([tree] { return modules_of_tree(tree).size(); },
                   [this, job, tree, plan = std::move(plan)](const Expected<std::size_t>& modules) {
                     m_parts.trees.remember(tree);
                     StageCounts counts;
                     if (modules)
                       counts.modules = counts.fallback_stock = *modules;
                     m_parts.totals.add(counts);
                     job->then(plan);
                   });
}

void Planner::observe(const JobPtr& job) {
  job->subjects.reserve(job->facts.modules.size());
  for (const auto& module : job->facts.modules) {
    KnownModule subject;
    subject.ko = absolute_path(job->spec.cwd, module);
    if (const ModuleRecord* record = m_ground.records.find(subject.ko)) {
      subject.record = *record;
      subject.can_renumber = job->spec.sends_stage_end && m_parts.batches.can_renumber(*record);
    }
    subject.has_copy = m_parts.steps.patches().copy_of(subject.ko) != nullptr;
    job->subjects.push_back(std::move(subject));
  }
  m_ground.offload(
      [this, job] {
        auto seen = observe_modules(job->subjects, job->facts);
        check_link_inputs(job->spec, job->facts, m_ground.hashes, job->subjects, seen);
        return seen;
      },
      [this, job](Expected<std::vector<Seen>> seen) {
        if (!seen)
          return answer_stock(job, seen.error());
        decide_all(job, *std::move(seen));
      });
}

// If a self-check found a difference under these tools, believes nothing that was recorded before,
// and renumbers nothing.
void Planner::check_trust(Job& job) {
  job.distrust = find_distrust(m_ground.places.state_dir, job.facts.tools.key);
  if (!job.distrust)
    return;
  for (std::size_t i = 0; i < job.seen.size(); ++i)
    if (const auto& record = job.subjects[i].record) {
      job.seen[i].observed.is_distrusted = record->at <= job.distrust->since;
      job.seen[i].observed.can_renumber = false;
    }
}

void Planner::decide_all(const JobPtr& job, std::vector<Seen> seen) {
  job->seen = std::move(seen);
  check_trust(*job);
  const BuildKey key = job->facts.key();
  std::vector<RenumberTask> tasks;
  for (std::size_t i = 0; i < job->seen.size(); ++i) {
    const auto& record = job->subjects[i].record;
    job->decisions.push_back(decide(record ? &*record : nullptr, job->seen[i].observed, key));
    if (job->decisions.back().serve == Serve::renumber)
      if (auto task = m_parts.batches.task_for(*record, job->seen[i].stamp))
        tasks.push_back(*std::move(task));
  }
  if (tasks.empty())
    return answer(job, {});
  m_parts.batches.renumber(
      key.base, job->facts.base_path, std::move(tasks),
      [this, job](const RenumberResults& renumbered) { answer(job, renumbered); });
}

void Planner::keep_observed(const Job& job) {
  const BuildKey key = job.facts.key();
  const std::string now = now_rfc3339();
  std::vector<ModuleRecord> kept;
  for (std::size_t i = 0; i < job.seen.size(); ++i)
    if (auto record = observed_record(job.subjects[i], job.seen[i], job.decisions[i], key, now))
      kept.push_back(*std::move(record));
  if (kept.empty())
    return;
  m_ground.records.put_all(kept, StateDb::Sync::later);
  for (const auto& record : kept)
    if (record.adopted && !record.has_content())
      m_parts.steps.patches().add_reading(record);
}

void Planner::answer(const JobPtr& job, const RenumberResults& renumbered) {
  PlanOutcome outcome = settle_plan(job->subjects, job->seen, job->decisions, renumbered);
  keep_tool_inputs(job->facts.tools);
  keep_tool_inputs(job->facts.linker);
  keep_observed(*job);
  Stage stage;
  stage.id = m_parts.stages.new_id();
  stage.cwd = job->spec.cwd;
  stage.modules_order = job->spec.modules_order;
  stage.sends_stage_end = job->spec.sends_stage_end;
  stage.around = surroundings_of(job->spec);
  stage.link = stage_link(job->spec);
  stage.renumber = std::move(outcome.renumber);
  stage.facts = std::make_shared<const StageFacts>(std::move(job->facts));
  stage.counts.modules = stage.facts->modules.size();

  Plan plan;
  plan.stage = stage.id;
  plan.renumbered = stage.renumber.size();
  for (auto& [module, decision] : outcome.work) {
    const KnownModule& subject = job->subjects[module];
    if (subject.record)
      decision.reason = name_culprit(std::move(decision.reason), *subject.record, *stage.facts);
    stage.reasons.emplace(subject.ko, decision.reason);
    plan.work.push_back({as_make_spells(stage.facts->modules[module]), std::move(decision)});
  }
  plan.notices = notices(*job, *stage.facts);
  const BuildKey key = stage.facts->key();
  spdlog::info("{}: stage {}: {} modules, {} to renumber, {} to rebuild, base {}, tools {}",
               stage.cwd, stage.id, stage.counts.modules, plan.renumbered, plan.work.size(),
               key.base.hex(), key.tools.hex());
  remember(*job, stage);
  m_parts.stages.add(std::move(stage));
  job->then(std::move(plan));
}

void Planner::remember(const Job& job, const Stage& stage) {
  TreeRecord tree = tree_record(job.spec);
  tree.base_path = stage.facts->base_path;
  tree.key = stage.facts->key();
  m_parts.trees.remember(std::move(tree));
  // Store only what decides: the rest is the user's own.
  StageSpec spec = job.spec;
  spec.environment = stage.facts->tools.environment;
  m_parts.trees.remember(spec);
  m_parts.profiles.keep_base(*stage.facts);
  watch(stage);
}

void Planner::keep_tool_inputs(const ToolKey& tools) {
  const std::string name = tool_inputs_name(tools.key);
  if (m_ground.records.value(name).empty())
    m_ground.records.put_value(name, tool_inputs_to_text(tools.inputs));
}

// "BTF tools or flags changed" becomes "BTF tools or flags changed: /usr/bin/pahole".
Reason Planner::name_culprit(Reason reason, const ModuleRecord& record, const StageFacts& now) {
  const bool is_linker = reason.code == ReasonCode::linker_changed;
  if (!is_linker && reason.code != ReasonCode::tools_changed &&
      reason.code != ReasonCode::base_and_tools_changed)
    return reason;
  const auto then = tool_inputs_from_text(
      m_ground.records.value(tool_inputs_name(is_linker ? record.key.linker : record.key.tools)));
  const std::string name =
      first_changed_input(then, is_linker ? now.linker.inputs : now.tools.inputs);
  if (!name.empty())
    reason.text += ": " + name;
  return reason;
}

std::vector<std::string> Planner::notices(const Job& job, const StageFacts& facts) {
  std::vector<std::string> lines;
  const std::string& flag = job.spec.dropped_flag;
  // Print once per tree: with Kbuild's -j, pahole before 1.29 writes different bytes on every run.
  const std::string notice = "dropped " + flag + " in " + job.spec.cwd;
  if (!flag.empty() && m_ground.records.value(notice).empty()) {
    m_ground.records.put_value(notice, "said");
    lines.push_back("pahole before 1.29 is not reproducible with " + flag + "; dropping " + flag +
                    " for this tree");
  }
  if (!job.distrust)
    return lines;
  const std::string mark = distrust_path(m_ground.places.state_dir, facts.tools.key);
  const std::string told = "distrust " + mark;
  if (m_ground.records.value(told) != job.distrust->since) {
    m_ground.records.put_value(told, job.distrust->since);
    lines.push_back(job.distrust->what + "; renumbering is disabled, see " + mark);
  }
  return lines;
}

void Planner::watch(const Stage& stage) {
  const auto directory = [](const std::string& path) {
    return std::filesystem::path(path).parent_path().string();
  };
  std::set<std::string> directories{directory(stage.facts->base_path)};
  for (const auto& ko : stage.facts->modules)
    directories.insert(directory(stage.path_of(ko)));
  for (const auto& path : directories)
    m_parts.watcher.watch(path);
}

} // namespace kbtf
