// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/records.hpp"

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
  for (auto& record : *modules) {
    std::string ko = record.ko;
    m_modules.insert_or_assign(std::move(ko), std::move(record));
  }
}

const ModuleRecord* Records::find(const std::string& ko) const {
  const auto it = m_modules.find(ko);
  return it == m_modules.end() ? nullptr : &it->second;
}

void Records::put(ModuleRecord record) {
  note(m_db.put(record));
  std::string ko = record.ko;
  m_modules.insert_or_assign(std::move(ko), std::move(record));
}

void Records::put_with_patch(ModuleRecord record, std::span<const std::byte> patch) {
  const Status stored = m_db.put_with_patch(record, patch);
  note(stored);
  // Without its patch the pristine hash must not promise that the bytes can be restored.
  if (!stored)
    record.pristine = {};
  std::string ko = record.ko;
  m_modules.insert_or_assign(std::move(ko), std::move(record));
}

void Records::erase(const std::string& ko) {
  if (m_modules.erase(ko) != 0)
    note(m_db.erase(ko));
}

Expected<std::vector<std::byte>> Records::patch(const ModuleRecord& record) {
  return m_db.patch(record.ko, record.finished);
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

void Records::note(const Status& status) {
  if (status || m_has_warned)
    return;
  m_has_warned = true;
  spdlog::warn("state {}: {}; going on without writing it (said once)", m_db.where(),
               status.error().text);
}

} // namespace kbtf
