// SPDX-License-Identifier: GPL-2.0-only
// Service: stages, from the plan that begins one to stage_end, and what is remembered of the last
// one of each tree.
#include "daemon/server/service.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/tools/modules_order.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr const char* k_stages = "stages";
constexpr const char* k_requests = "requests";
// Stages whose end never comes: of failed builds, and of make -n, which go first. The bytes that
// one was to write, some 100 MB for a distribution's modules, are kept for fewer.
constexpr std::size_t k_max_stages = 16;
constexpr std::size_t k_max_stages_with_bytes = 4;
// Ids of stages that have ended, for a recipe of several lines.
constexpr std::size_t k_max_ended = 64;

} // namespace

// Another make works on the same modules, or the build of an earlier stage died: nobody can tell.
// So that stage stays open, and its steps are recorded. What it was to write is either what the new
// one writes, and held once, or dropped: its end then says that the stage has to run once more. A
// stage that promises nothing (make -n, a single module) takes nothing from an earlier one.
void Service::add_stage(Stage stage) {
  if (stage.sends_stage_end)
    drop_bytes(stage);
  m_stages.push_back(std::move(stage));
  if (m_stages.size() <= k_max_stages)
    return;
  const auto newest = std::prev(m_stages.end());
  auto dropped =
      std::find_if(m_stages.begin(), newest, [](const Stage& old) { return !old.sends_stage_end; });
  if (dropped == newest)
    dropped = m_stages.begin();
  close_stage(*dropped);
  m_stages.erase(dropped);
}

void Service::remember_stage(StageInfo info) {
  info.at = now_rfc3339();
  std::string tree = info.tree;
  m_last_stages.insert_or_assign(std::move(tree), std::move(info));
  forget_unused();
  auto all = nlohmann::json::array();
  for (const auto& [name, last] : m_last_stages)
    all.push_back(last);
  m_records.put_value(k_stages, all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// Trees come and go while a daemon lives, and so do their bases and tools.
void Service::forget_unused() {
  std::erase_if(m_last_stages,
                [](const auto& item) { return ::access(item.first.c_str(), F_OK) != 0; });
  std::erase_if(m_requests,
                [this](const auto& item) { return !m_last_stages.contains(item.first); });
  std::set<std::string> bases;
  std::set<std::string> tools;
  for (const auto& [tree, info] : m_last_stages) {
    bases.insert(info.base);
    tools.insert(info.tool_key);
  }
  std::erase_if(m_watched_bases, [&bases](const auto& base) { return !bases.contains(base); });
  std::erase_if(m_paholes,
                [&tools](const auto& item) { return !tools.contains(item.first.hex()); });
}

// What `kbtf verify --regenerate` and the self-check make modules with.
void Service::remember_request(const PlanRequest& request) {
  auto [it, is_new] = m_requests.try_emplace(tree_of(request.cwd, request.modules_order));
  const nlohmann::json now = request;
  if (!is_new && nlohmann::json(it->second) == now)
    return;
  it->second = request;
  m_records.put_value(
      k_requests,
      nlohmann::json(m_requests).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Service::load_stages() {
  const auto all = nlohmann::json::parse(m_records.value(k_stages), nullptr, false);
  if (!all.is_array())
    return;
  for (const auto& item : all)
    if (auto info = from_body<StageInfo>(item);
        info && !info->tree.empty() &&
        ::access(info->tree.c_str(), F_OK) == 0) { // a deleted tree is forgotten
      if (!info->base.empty()) {
        m_watched_bases.insert(info->base);
        m_watcher->watch(std::filesystem::path(info->base).parent_path().string());
      }
      m_last_stages[info->tree] = *info;
    }
  m_requests = load_value<std::map<std::string, PlanRequest>>(k_requests);
  std::erase_if(m_requests,
                [this](const auto& item) { return !m_last_stages.contains(item.first); });
}

void Service::watch_stage(const Stage& stage) {
  const auto directory = [](const std::string& path) {
    return std::filesystem::path(path).parent_path().string();
  };
  m_watched_bases.insert(stage.facts->base_path);
  std::set<std::string> directories{directory(stage.facts->base_path)};
  for (const auto& ko : stage.facts->modules)
    directories.insert(directory(step_path(stage, ko)));
  for (const auto& path : directories)
    m_watcher->watch(path);
}

Stage* Service::find_stage(const std::string& id) {
  const auto it = std::find_if(m_stages.begin(), m_stages.end(),
                               [&id](const Stage& stage) { return stage.id == id; });
  return it == m_stages.end() ? nullptr : &*it;
}

std::string Service::step_path(const Stage& stage, const std::string& ko) const {
  return absolute_path(stage.cwd, ko);
}

void Service::stage_end(const StageEndRequest& request, const OpenStep& step,
                        const Respond& respond) {
  when_written([this, id = request.stage, wanted = step.still_asked(), respond] {
    end_stage(id, wanted, respond);
  });
}

void Service::end_stage(const std::string& id, std::function<bool()> wanted,
                        const Respond& respond) {
  const Stage* stage = find_stage(id);
  if (!stage && std::find(m_ended.begin(), m_ended.end(), id) != m_ended.end()) {
    StageEndReply before;
    before.has_ended = true;
    return respond(reply(before));
  }
  if (!stage)
    return respond(make_error({ErrorKind::not_found, "no stage " + id}));
  write_renumbered(*stage, std::move(wanted), [this, id, respond](StageEndReply answer) {
    if (Stage* ended = find_stage(id)) {
      touch_same_links(*ended);
      ended->counts.btf_renumbered = answer.renumbered.size();
      close_stage(*ended);
      answer.counts = ended->counts;
      want_profiles(*ended);
      want_checks(*ended, answer.renumbered);
    }
    m_stages.remove_if([&id](const Stage& s) { return s.id == id; });
    m_ended.push_back(id);
    if (m_ended.size() > k_max_ended)
      m_ended.pop_front();
    respond(reply(answer));
  });
}

void Service::drop_bytes(const Stage& next) {
  std::size_t with_bytes = 1;
  for (auto old = m_stages.rbegin(); old != m_stages.rend(); ++old) {
    const bool is_same = old->cwd == next.cwd && old->modules_order == next.modules_order;
    const bool is_kept = old->renumber.empty() || with_bytes++ < k_max_stages_with_bytes;
    for (auto& [ko, made] : old->renumber) {
      const auto newer = next.renumber.find(ko);
      if (!is_kept || (is_same && (newer == next.renumber.end() || newer->second != made)))
        made = nullptr;
    }
  }
}

// While the BTF of a stage's modules is being written no other stage looks at modules: it would
// take what is half written for changed, and link it meanwhile.
void Service::when_written(std::function<void()> then) {
  if (m_is_writing)
    m_after_writing.push_back(std::move(then));
  else
    then();
}

void Service::set_written() {
  m_is_writing = false;
  while (!m_is_writing && !m_after_writing.empty()) {
    const auto then = std::move(m_after_writing.front());
    m_after_writing.pop_front();
    then();
  }
}

void Service::close_stage(const Stage& stage) {
  Counts counts = stage.counts;
  counts.untouched =
      counts.modules -
      std::min<std::uint64_t>(counts.modules, stage.touched.size() + counts.btf_renumbered);
  if (Stage* own = find_stage(stage.id))
    own->counts = counts;
  add_to_totals(counts);
}

} // namespace kbtf
