// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/records.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/plan/reason.hpp"

#include <unistd.h>
#include <vector>

#include <spdlog/spdlog.h>

namespace kbtf {

Records::Records(StateDb db) : m_db(std::move(db)) {
  auto modules = m_db.load_modules();
  if (!modules) {
    note(modules.forward_error());
    return;
  }
  for (auto& record : *modules)
    put_in_memory(std::move(record));
  if (auto keys = m_db.profile_keys())
    m_profiles = {keys->begin(), keys->end()};
  else
    note(keys.forward_error());
}

const ModuleRecord* Records::find(const std::string& ko) const {
  const auto it = m_modules.find(ko);
  return it == m_modules.end() ? nullptr : &it->second;
}

void Records::put(ModuleRecord record) {
  const std::string ko = record.ko;
  const Status stored = m_db.put(record);
  put_in_memory(std::move(record));
  note(stored, ko);
}

bool Records::put_all(const std::vector<ModuleRecord>& records, StateDb::Sync sync) {
  const Status stored = m_db.put_all(records, sync);
  for (const auto& record : records)
    put_in_memory(record);
  for (const auto& record : records)
    note(stored, record.ko);
  return stored && m_db.where() != "memory";
}

void Records::put_in_memory(ModuleRecord record) {
  std::string ko = record.ko;
  m_modules.insert_or_assign(std::move(ko), std::move(record));
}

bool Records::has_profile(const ModuleRecord& record) const {
  const auto it = m_profiles.find(record.ko);
  return it != m_profiles.end() && it->second == ProfileKey{record.key.base, record.btf};
}

void Records::put_profiles(const std::vector<StoredProfile>& profiles) {
  const Status stored = m_db.put_profiles(profiles);
  note(stored);
  for (const auto& profile : profiles)
    if (stored)
      m_profiles[profile.ko] = profile.key;
    else
      m_profiles.erase(profile.ko);
}

void Records::put_with_patch(ModuleRecord record, std::span<const std::byte> patch) {
  const std::string ko = record.ko;
  const Status stored = m_db.put_with_patch(record, patch);
  // Without its patch the pristine hash must not promise that the bytes can be restored.
  if (!stored)
    record.pristine = {};
  put_in_memory(std::move(record));
  note(stored, ko);
}

void Records::put_doubt(const std::string& ko, const std::string& why) {
  ModuleRecord record;
  record.ko = ko;
  record.state = ModuleState::doubtful;
  record.reason_code = to_string(ReasonCode::doubtful);
  record.reason = why;
  record.at = now_rfc3339();
  put(std::move(record));
  m_profiles.erase(ko);
  note(m_db.erase_ways(ko)); // its patch and profile fit no record now
}

void Records::erase(const std::string& ko) {
  m_profiles.erase(ko);
  if (m_modules.erase(ko) != 0)
    note(m_db.erase(ko));
}

Expected<std::vector<std::byte>> Records::patch(const ModuleRecord& record) {
  return m_db.patch(record.ko, record.rest);
}

void Records::put_value(const std::string& name, const std::string& value) {
  note(m_db.put_value(name, value));
}

void Records::forget_missing(const std::string& before) {
  std::vector<std::string> gone;
  for (const auto& [ko, record] : m_modules)
    if (record.at < before && ::access(ko.c_str(), F_OK) != 0)
      gone.push_back(ko);
  for (const auto& ko : gone)
    erase(ko);
  note(m_db.forget_unused_tools());
}

void Records::note(const Status& status, const std::string& ko) {
  if (status)
    m_unsaved.erase(ko);
  else
    m_unsaved.insert(ko);
  note(status);
}

void Records::save_unsaved() {
  if (m_unsaved.empty())
    return;
  std::vector<ModuleRecord> records;
  for (const auto& ko : m_unsaved)
    if (const ModuleRecord* record = find(ko))
      records.push_back(*record);
  if (!m_db.put_all(records, StateDb::Sync::later))
    return;
  spdlog::info("state {}: wrote {} records that could not be written before", m_db.where(),
               m_unsaved.size());
  m_unsaved.clear();
}

void Records::note(const Status& status) {
  if (status)
    return save_unsaved();
  if (m_has_warned)
    return;
  m_has_warned = true;
  spdlog::warn("state {}: {}; continuing without writing it (logged once)", m_db.where(),
               status.error().text);
}

} // namespace kbtf
