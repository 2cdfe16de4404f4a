// SPDX-License-Identifier: GPL-2.0-only
// Service: what renumbering needs and is gathered behind the build: the base itself, and a profile
// of each module.
#include "daemon/server/service.hpp"

#include "daemon/btf/base_hash.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {

void Service::keep_base(const StageFacts& facts) {
  if (m_places.base_dir.empty() || m_bases.has(facts.base.hash))
    return;
  ++m_open_jobs;
  ++m_open_bases;
  hold_idle_work();
  offload(
      [this, path = facts.base_path, hash = facts.base.hash]() -> Status {
        auto base = read_base_btf(path);
        if (!base)
          return base.forward_error();
        if (hash_bytes(base->bytes) != hash)
          return unexpected(ErrorKind::file_moved, path + ": changed since the plan");
        return m_bases.keep(hash, base->bytes);
      },
      [this](const Status& kept) {
        --m_open_jobs;
        --m_open_bases;
        hold_idle_work();
        if (!kept)
          spdlog::info("base not kept, modules will not be renumbered: {}", kept.error().text);
        answer_drains();
      });
}

void Service::want_profiles(const Stage& stage) {
  for (const auto& module : stage.facts->modules)
    if (const ModuleRecord* record = m_records.find(step_path(stage, module)))
      want_profile(*record);
}

void Service::want_profile(const ModuleRecord& record) {
  if (m_places.base_dir.empty() || record.state != ModuleState::finished || !record.has_content() ||
      m_records.has_profile(record))
    return;
  const auto pahole = m_paholes.find(record.key.tools);
  const auto hopeless = m_without_profile.find(record.ko);
  if (pahole == m_paholes.end() ||
      (hopeless != m_without_profile.end() && hopeless->second == record.btf))
    return;
  m_without_profile[record.ko] = record.btf; // until there is one
  make_profile(
      {record.ko, record.stamp, record.btf, record.key.base, std::nullopt, pahole->second});
}

void Service::make_profile(ProfileJob job) {
  ++m_open_jobs;
  m_idle.add([this, job = std::move(job)]() mutable {
    auto result = m_profiles->make(std::move(job));
    boost::asio::post(
        m_loop, [this, result = std::move(result)]() mutable { take_profile(std::move(result)); });
  });
}

void Service::take_profile(ProfileResult result) {
  --m_open_jobs;
  const ProfileJob& job = result.job;
  const ModuleRecord* record = m_records.find(job.ko);
  const bool is_current = record && record->state == ModuleState::finished &&
                          record->stamp == job.stamp && record->key.base == job.base &&
                          record->btf == job.btf;
  if (is_current && !result.profile.empty()) {
    m_without_profile.erase(job.ko);
    m_records.put_profiles({{job.ko, {job.base, job.btf}, std::move(result.profile)}});
  } else if (is_current && result.needs_pristine && record->pristine.is_known()) {
    if (auto patch = m_records.patch(*record)) {
      ProfileJob again = job;
      again.way = PristinePatch{*std::move(patch), {}, record->pristine};
      make_profile(std::move(again));
    }
  } else if (is_current) {
    spdlog::debug("{}: no profile: {}", job.ko, result.why_not);
  }
  answer_drains();
}

// Profiles are made, and modules checked, while no build waits for an answer or for a BTF step, and
// when the base that they need is in the store.
void Service::hold_idle_work() {
  m_idle.hold(m_open_plans != 0 || !m_active.empty() || m_open_bases != 0);
}

} // namespace kbtf
