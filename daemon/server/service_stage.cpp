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
// Ids of stages that have ended, for a recipe of several lines.
constexpr std::size_t k_max_ended = 64;

} // namespace

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
  std::erase_if(m_paholes, [&tools](const auto& item) { return !tools.contains(item.first.hex()); });
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
  const std::string& ended_id = request.stage;
  Stage* stage = find_stage(ended_id);
  if (!stage && std::find(m_ended.begin(), m_ended.end(), ended_id) != m_ended.end()) {
    StageEndReply before;
    before.has_ended = true;
    return respond(reply(before));
  }
  if (!stage)
    return respond(make_error({ErrorKind::not_found, "no stage " + ended_id}));
  write_renumbered(*stage, step.still_asked(),
                   [this, id = ended_id, respond](StageEndReply answer) {
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
