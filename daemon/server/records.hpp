// SPDX-License-Identifier: GPL-2.0-only
// The records of all modules, in memory for speed and in the state file for the next daemon. If a
// write fails, the daemon logs that once and continues in memory: the file then holds an older
// record whose stamp no longer matches, which means "link again", never "skip". What could not be
// written is written after the next write that succeeds.
// One thread (the event loop's).
#pragma once

#include "daemon/store/state_db.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace kbtf {

class Records {
public:
  explicit Records(StateDb db);

  // nullptr if there is none. Valid until the next change.
  [[nodiscard]] const ModuleRecord* find(const std::string& ko) const;
  void put(ModuleRecord record);
  // Stores several; all or none. With Sync::now, returns false if they are not on disk then.
  bool put_all(const std::vector<ModuleRecord>& records, StateDb::Sync sync);
  // In memory only: whatever the file says about it must be safe to believe.
  void put_in_memory(ModuleRecord record);
  // Also stores the patch from the finished file (record.rest) to record.pristine. If that fails,
  // clears `pristine`: without the patch nothing can restore those bytes.
  void put_with_patch(ModuleRecord record, std::span<const std::byte> patch);
  // Drops the record, patch and profile of a .ko that is certainly gone. No record is fine.
  void erase(const std::string& ko);
  // Puts the .ko in doubt: replaces all that is recorded of it. `why` is a phrase. Kept until the
  // module has been linked and has had its BTF step.
  void put_doubt(const std::string& ko, const std::string& why);
  // Returns the patch back to the pristine bytes. Errors: as for StateDb::patch().
  [[nodiscard]] Expected<std::vector<std::byte>> patch(const ModuleRecord& record);

  // Profiles (renumber/profile.hpp). Knows without reading the state file whether the recorded file
  // has one.
  [[nodiscard]] bool has_profile(const ModuleRecord& record) const;
  [[nodiscard]] Expected<StoredProfile> profile(const std::string& ko) { return m_db.profile(ko); }
  void put_profiles(const std::vector<StoredProfile>& profiles);

  // Small named values, see docs/state-format.md; "" if there is none.
  void put_value(const std::string& name, const std::string& value);
  [[nodiscard]] std::string value(const std::string& name) { return m_db.value(name); }

  [[nodiscard]] std::size_t size() const { return m_modules.size(); }
  [[nodiscard]] const std::string& where() const { return m_db.where(); }

  // Drops records of files that are gone and were last recorded before `before` (RFC 3339), and the
  // inputs of tool keys that no record refers to.
  void forget_missing(const std::string& before);

private:
  void note(const Status& status);
  void note(const Status& status, const std::string& ko); // a write of that record
  void save_unsaved();

  StateDb m_db;
  std::unordered_map<std::string, ModuleRecord> m_modules;
  std::unordered_map<std::string, ProfileKey> m_profiles; // by ko
  std::set<std::string> m_unsaved;                        // whose record could not be written
  bool m_has_warned = false;
};

} // namespace kbtf
