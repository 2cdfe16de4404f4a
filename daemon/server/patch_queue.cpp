// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/patch_queue.hpp"

#include "daemon/btf/module_content.hpp"

namespace kbtf {
namespace {

BtfSections inspect_module(const std::string& path) {
  auto sections = read_module_sections(path);
  return sections ? BtfSections{sections->btf.has_value(), sections->hash(), sections->numbered()}
                  : BtfSections{};
}

} // namespace

PatchQueue::PatchQueue(Ground& ground, std::function<bool(const std::string&)> is_active,
                       std::function<void(const ModuleRecord&)> on_recorded)
    : m_ground(ground), m_is_active(std::move(is_active)), m_on_recorded(std::move(on_recorded)),
      m_worker(inspect_module, [this](PatchResult result) {
        boost::asio::post(m_ground.loop, [this, result = std::move(result)]() mutable {
          take(std::move(result));
        });
      }) {}

void PatchQueue::add(PatchJob job) {
  if (job.pristine)
    m_copies[job.ko] = job.pristine;
  job.token = m_ground.work.begin_shared();
  m_worker.add(std::move(job));
}

void PatchQueue::add_reading(const ModuleRecord& record) {
  add({record.ko, record.stamp, {}, {}, nullptr, {}, {}});
}

PristineCopyPtr PatchQueue::copy_of(const std::string& ko) const {
  const auto it = m_copies.find(ko);
  return it == m_copies.end() ? nullptr : it->second;
}

void PatchQueue::take(PatchResult result) {
  const std::string& ko = result.job.ko;
  const ModuleRecord* now = m_ground.records.find(ko);
  const bool is_current = now && now->state == ModuleState::finished &&
                          now->stamp == result.job.stamp && !m_is_active(ko);
  if (!is_current)
    return;
  if (result.rest.is_known()) {
    ModuleRecord record = *now;
    record.rest = result.rest;
    record.btf = result.btf;
    record.is_settled = record.is_settled || result.is_settled;
    if (result.job.hash_link)
      record.link = result.link;
    if (result.patch.empty()) {
      m_ground.records.put(std::move(record));
    } else {
      record.pristine = result.job.pristine->hash();
      m_ground.records.put_with_patch(std::move(record), result.patch);
    }
  }
  // The copy is no longer needed, unless a newer step already made another one.
  if (const auto copy = m_copies.find(ko);
      copy != m_copies.end() && copy->second == result.job.pristine)
    m_copies.erase(copy);
  if (const ModuleRecord* done = m_ground.records.find(ko))
    m_on_recorded(*done);
}

} // namespace kbtf
