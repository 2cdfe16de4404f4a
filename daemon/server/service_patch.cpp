// SPDX-License-Identifier: GPL-2.0-only
// Service: the patches from finished modules back to their pristine bytes, made in the background.
#include "daemon/server/service.hpp"

namespace kbtf {

void Service::add_job(PatchJob job) {
  ++m_open_jobs;
  m_worker.add(std::move(job));
}

void Service::take_patch(PatchResult result) {
  --m_open_jobs;
  const std::string& ko = result.job.ko;
  const ModuleRecord* now = m_records.find(ko);
  const auto copy = m_copies.find(ko);
  const bool is_current = now && now->state == ModuleState::finished &&
                          now->stamp == result.job.stamp && !m_active.contains(ko);
  if (is_current && result.rest.is_known()) {
    ModuleRecord record = *now;
    record.rest = result.rest;
    record.btf = result.btf;
    record.is_settled = record.is_settled || result.is_settled;
    if (result.job.hash_link)
      record.link = result.link;
    if (result.patch.empty()) {
      m_records.put(std::move(record));
    } else {
      record.pristine = result.job.pristine->hash();
      m_records.put_with_patch(std::move(record), result.patch);
    }
  }
  // The copy has served, unless a newer step already made another one.
  if (copy != m_copies.end() && copy->second == result.job.pristine && is_current)
    m_copies.erase(copy);
  if (const ModuleRecord* done = m_records.find(ko); is_current && done)
    want_profile(*done);
  answer_drains();
}

} // namespace kbtf
