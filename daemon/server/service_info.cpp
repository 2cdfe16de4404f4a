// SPDX-License-Identifier: GPL-2.0-only
// Service: the verbs for people (status, stats, explain, stop, drain) and the counts they show.
#include "daemon/server/service.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"
#include "daemon/stage/tool_inputs.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/version.hpp"

#include <algorithm>
#include <fstream>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr const char* k_totals = "totals";
constexpr const char* k_last_stage = "last_stage";

// VmRSS of /proc/self/statm, in KiB.
std::uint64_t resident_kib() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::string in_words(const ModuleRecord& record, bool is_recorded_file) {
  if (record.state == ModuleState::writing)
    return "a BTF step began and did not finish";
  if (record.state == ModuleState::doubtful)
    return "in doubt, the next build links it";
  if (record.state == ModuleState::renumbering)
    return "renumbering began and did not finish";
  if (!is_recorded_file)
    return "changed since kbtf last saw it";
  if (record.adopted)
    return "finished, built without kbtf, not made again yet to compare";
  return record.pristine.is_known() ? "finished, pristine bytes can be restored"
                                    : "finished, pristine bytes not known";
}

ExplainInput compare(std::string name, std::string recorded, std::string now) {
  const bool changed = recorded != now;
  return {std::move(name), std::move(recorded), std::move(now), changed};
}

} // namespace

void Service::add_to_totals(const Counts& counts) {
  Counts totals = load_value<Counts>(k_totals);
  totals.modules += counts.modules;
  totals.linked += counts.linked;
  totals.btf_run += counts.btf_run;
  totals.btf_cached += counts.btf_cached;
  totals.btf_renumbered += counts.btf_renumbered;
  totals.untouched += counts.untouched;
  totals.fallback_stock += counts.fallback_stock;
  m_records.put_value(k_totals, nlohmann::json(totals).dump());
  m_records.put_value(k_last_stage, nlohmann::json(counts).dump());
}

void Service::stats(const StatsRequest& request, const Respond& respond) {
  if (request.zero)
    m_records.put_value(k_totals, nlohmann::json(Counts{}).dump());
  respond(reply(StatsReply{load_value<Counts>(k_totals), load_value<Counts>(k_last_stage),
                           load_value<SelfChecks>("self_checks")}));
}

void Service::status(const StatusRequest& request, Respond respond) {
  StatusReply answer;
  answer.version = k_version;
  answer.runtime_dir = m_places.runtime_dir;
  answer.state_dir = m_places.state_dir;
  answer.state = m_records.where();
  answer.state_warning = m_places.state_warning;
  answer.log = m_places.log;
  answer.watch = m_watcher->describe();
  answer.pid = ::getpid();
  answer.uptime_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - m_started)
          .count());
  answer.modules = m_records.size();
  answer.pending_patches = m_open_jobs;
  answer.resident_kib = resident_kib();
  for (const auto& [tree, info] : m_last_stages)
    answer.stages.push_back(info);
  answer.distrusted = all_distrusted(m_places.state_dir);
  const auto last = m_last_stages.find(request.tree);
  if (request.tree.empty() || last == m_last_stages.end())
    return respond(reply(answer));
  answer.tree.known = true;
  answer.tree.stage = last->second;
  const auto asked = m_requests.find(request.tree);
  offload(
      [this, answer = std::move(answer), modules = modules_in(last->second),
       plan = asked == m_requests.end() ? PlanRequest{} : asked->second]() mutable {
        const auto facts = gather_inputs(plan, m_hashes);
        compare_tree(modules, facts ? Expected<BuildKey>(facts->key()) : facts.forward_error(),
                     answer.tree);
        return answer;
      },
      [respond = std::move(respond)](const Expected<StatusReply>& done) {
        respond(done ? reply(*done) : make_error(done.error()));
      });
}

std::vector<TreeModule> Service::modules_in(const StageInfo& stage) const {
  std::vector<TreeModule> modules;
  for (const auto& name : modules_of_stage(stage)) {
    TreeModule module{absolute_path(stage.cwd, name), {}};
    if (const ModuleRecord* record = m_records.find(module.ko))
      module.record = *record;
    modules.push_back(std::move(module));
  }
  return modules;
}

bool Service::has_active_step_in(const std::string& tree) const {
  return std::any_of(m_active.begin(), m_active.end(),
                     [&tree](const auto& step) { return step.first.starts_with(tree + "/"); });
}

void Service::restore(const RestoreRequest& request, Respond respond) {
  const auto last = m_last_stages.find(request.tree);
  if (last == m_last_stages.end() || last->second.base.empty())
    return respond(
        make_error({ErrorKind::not_found, request.tree + ": no module stage under kbtf is known"}));
  if (has_active_step_in(request.tree))
    return respond(make_error({ErrorKind::refused, request.tree + ": a build is running"}));
  offload(
      [this, stage = last->second, modules = modules_in(last->second)]() -> Expected<Restored> {
        auto base = m_hashes.part(stage.base, ".BTF", hash_base_btf);
        if (!base)
          return base.forward_error();
        return restore_tree(stage, base->hash, modules);
      },
      [this, respond = std::move(respond)](const Expected<Restored>& done) {
        if (!done)
          return respond(make_error(done.error()));
        // A build that began meanwhile has its own marks in the records.
        for (const auto& record : done->touched)
          if (!m_active.contains(record.ko))
            m_records.put(record);
        for (const auto& ko : done->removed)
          if (!m_active.contains(ko))
            m_records.erase(ko); // gone for certain: what comes next is another file
        respond(reply(done->counts));
      });
}

void Service::explain(const ExplainRequest& request, Respond respond) {
  const ModuleRecord* record = m_records.find(request.ko);
  if (!record) {
    ExplainReply answer;
    answer.ko = request.ko;
    answer.state = stamp_of(request.ko)
                       ? "no record: not built under kbtf, or not since its file was lost"
                       : "no such file, and no record of one";
    return respond(reply(answer));
  }
  // The newest stage of the tree that holds the .ko says what it would be built against now.
  const StageInfo* info = nullptr;
  for (const auto& [tree, candidate] : m_last_stages)
    if (record->ko.starts_with(tree + "/") && (!info || tree.size() > info->tree.size()))
      info = &candidate;
  const auto tools_of = [this](const std::string& hex) {
    return tool_inputs_from_text(m_records.value(tool_inputs_name(ContentHash::from_hex(hex))));
  };
  const auto all_of = [&tools_of](const std::string& tools, const std::string& linker) {
    auto inputs = tools_of(tools);
    const auto more = tools_of(linker);
    inputs.insert(inputs.end(), more.begin(), more.end());
    return inputs;
  };
  std::vector<ToolInput> now;
  if (info)
    now = all_of(info->tool_key, info->linker_key);
  offload([this, old = *record, base = info ? info->base : std::string(), now,
           then = all_of(record->key.tools.hex(),
                         record->key.linker.hex())] { return explained(old, base, then, now); },
          [respond = std::move(respond)](const Expected<ExplainReply>& answer) {
            respond(answer ? reply(*answer) : make_error(answer.error()));
          });
}

ExplainReply Service::explained(const ModuleRecord& record, const std::string& base_path,
                                const std::vector<ToolInput>& then,
                                const std::vector<ToolInput>& now) {
  ExplainReply answer;
  answer.ko = record.ko;
  const auto stamp = stamp_of(record.ko);
  const bool same_stamp = stamp && *stamp == record.stamp;
  answer.known = true;
  answer.state = stamp ? in_words(record, same_stamp) : "the file is gone";
  answer.reason_code = record.reason_code;
  answer.reason = record.reason;
  answer.at = record.at;
  const auto content = stamp && !same_stamp
                           ? read_module_content(record.ko)
                           : Expected<ModuleContent>({record.stamp, record.rest, record.btf});
  const bool is_there = stamp && content;
  answer.inputs.push_back(
      compare(".ko without BTF", record.rest.hex(), is_there ? content->rest.hex() : "missing"));
  answer.inputs.push_back(
      compare("BTF of the .ko", record.btf.hex(), is_there ? content->btf.hex() : "missing"));
  if (base_path.empty())
    return answer;
  const auto base = m_hashes.part(base_path, ".BTF", hash_base_btf);
  answer.inputs.push_back(compare("base BTF " + base_path, record.key.base.hex(),
                                  base ? base->hash.hex() : base.error().text));
  for (const auto& input : now) {
    std::string old = "not used";
    for (const auto& candidate : then)
      if (candidate.name == input.name)
        old = candidate.value;
    answer.inputs.push_back(compare(input.name, old, input.value));
  }
  return answer;
}

void Service::stop(const Respond& respond) {
  respond(reply(StopReply{::getpid()}));
  m_on_stop();
}

void Service::drain(Respond respond) {
  m_drains.push_back(std::move(respond));
  answer_drains();
}

void Service::answer_drains() {
  if (m_open_jobs != 0)
    return;
  auto waiting = std::move(m_drains);
  m_drains.clear();
  for (const auto& respond : waiting)
    respond(reply(DrainReply{}));
}

} // namespace kbtf
