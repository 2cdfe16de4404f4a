// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/profile_queue.hpp"

#include "daemon/btf/base_hash.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {

ProfileQueue::ProfileQueue(Ground& ground, const TreeTable& trees)
    : m_ground(ground), m_trees(trees),
      m_maker(ground.bases, ground.places.copy_dir.empty() ? "" : ground.places.copy_dir + "/full",
              ground.idle.cancel()) {
  // Otherwise the base stays resident for hours.
  ground.on_idle_queue_empty = [this] { m_maker.forget_base(); };
}

void ProfileQueue::keep_base(const StageFacts& facts) {
  std::erase_if(m_paholes, [this](const auto& item) { return !m_trees.uses_tools(item.first); });
  if (facts.pahole)
    m_paholes[facts.tools.key] = facts.pahole;
  if (m_ground.places.base_dir.empty() || m_ground.bases.has(facts.base.hash))
    return;
  m_ground.offload(
      [this, path = facts.base_path, hash = facts.base.hash]() -> Status {
        auto base = read_base_btf(path);
        if (!base)
          return base.forward_error();
        if (hash_bytes(base->bytes) != hash)
          return unexpected(ErrorKind::file_moved, path + ": changed since the plan");
        return m_ground.bases.keep(hash, base->bytes);
      },
      // Profiles need the base: begin none before it is stored.
      [work = m_ground.work.begin(), hurry = m_ground.hurry.begin()](const Status& kept) {
        if (!kept)
          spdlog::info("base not kept, modules will not be renumbered: {}", kept.error().text);
      });
}

void ProfileQueue::queue(const Stage& stage) {
  for (const auto& module : stage.facts->modules)
    if (const ModuleRecord* record = m_ground.records.find(stage.path_of(module)))
      queue(*record);
}

void ProfileQueue::queue(const ModuleRecord& record) {
  if (m_ground.places.base_dir.empty() || record.state != ModuleState::finished ||
      !record.has_content() || m_ground.records.has_profile(record))
    return;
  const auto pahole = m_paholes.find(record.key.tools);
  const auto tried = m_tried.find(record.ko);
  if (pahole == m_paholes.end() || (tried != m_tried.end() && tried->second == record.btf))
    return;
  m_tried[record.ko] = record.btf;
  make({record.ko, record.stamp, record.btf, record.key.base, std::nullopt, pahole->second});
}

void ProfileQueue::make(ProfileJob job) {
  m_ground.idle.add([this, work = m_ground.work.begin_shared(), job = std::move(job)]() mutable {
    auto result = m_maker.make(std::move(job));
    boost::asio::post(m_ground.loop, [this, work, result = std::move(result)]() mutable {
      on_made(std::move(result));
    });
  });
}

void ProfileQueue::on_made(ProfileResult result) {
  const ProfileJob& job = result.job;
  const ModuleRecord* record = m_ground.records.find(job.ko);
  const bool is_current = record && record->state == ModuleState::finished &&
                          record->stamp == job.stamp && record->key.base == job.base &&
                          record->btf == job.btf;
  if (!is_current)
    return;
  if (!result.profile.empty()) {
    store({{job.ko, {job.base, job.btf}, std::move(result.profile)}});
  } else if (result.needs_pristine && record->pristine.is_known()) {
    if (auto patch = m_ground.records.patch(*record)) {
      ProfileJob again = job;
      again.way = PristinePatch{*std::move(patch), {}, record->pristine};
      make(std::move(again));
    }
  } else {
    spdlog::debug("{}: no profile: {}", job.ko, result.why_not);
  }
}

void ProfileQueue::store(const std::vector<StoredProfile>& profiles) {
  m_ground.records.put_profiles(profiles);
  for (const auto& profile : profiles)
    m_tried.erase(profile.ko);
}

} // namespace kbtf
