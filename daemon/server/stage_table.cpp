// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/stage_table.hpp"

#include <algorithm>
#include <ctime>

namespace kbtf {
namespace {

// Limits for stages whose end never comes: of failed builds, and of make -n, which go first. The
// bytes that a stage is to write, some 100 MB for a distribution's modules, are kept for fewer.
constexpr std::size_t k_max_stages = 16;
constexpr std::size_t k_max_stages_with_bytes = 4;
// Ids of ended stages, for a recipe with several lines.
constexpr std::size_t k_max_ended = 64;

} // namespace

StageTable::StageTable(Totals& totals)
    : m_totals(totals), m_next(static_cast<std::uint64_t>(std::time(nullptr)) << 16) {}

StageTable::~StageTable() {
  for (auto& stage : m_stages)
    close(stage);
}

void StageTable::add(Stage stage) {
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
  close(*dropped);
  m_stages.erase(dropped);
}

void StageTable::drop_bytes(const Stage& next) {
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

Expected<Stage*> StageTable::find(const std::string& id) {
  const auto it = std::ranges::find(m_stages, id, &Stage::id);
  if (it == m_stages.end())
    return unexpected(ErrorKind::not_found, "no stage " + id);
  return &*it;
}

bool StageTable::has_ended(const std::string& id) const {
  return std::ranges::find(m_ended, id) != m_ended.end();
}

StageCounts StageTable::end(const std::string& id) {
  StageCounts counts;
  if (const auto it = std::ranges::find(m_stages, id, &Stage::id); it != m_stages.end()) {
    counts = close(*it);
    m_stages.erase(it);
  }
  m_ended.push_back(id);
  if (m_ended.size() > k_max_ended)
    m_ended.pop_front();
  return counts;
}

StageCounts StageTable::close(Stage& stage) {
  StageCounts& counts = stage.counts;
  counts.untouched =
      counts.modules -
      std::min<std::uint64_t>(counts.modules, stage.touched.size() + counts.btf_renumbered);
  m_totals.add(counts);
  return counts;
}

} // namespace kbtf
