// SPDX-License-Identifier: GPL-2.0-only
// What survives the daemon: one record per .ko, the patches back to pristine bytes, profiles,
// inputs of tool keys, counts. SQLite in WAL mode, so that a killed daemon loses at most its last
// moments. docs/state-format.md specifies the tables.
//
// Losing any of it is safe. A record is believed only while its .ko has the recorded stamp, so lost
// writes make modules be linked again, never skipped. A .ko that must not be believed has an old
// time (util/old_time.hpp), so that nobody takes it for finished. Therefore nothing is synced per
// module, and any damage leads to a cold start.
//
// One owner, one thread at a time. Write errors are returned; the caller continues without them.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/store/sqlite.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

// Version of the tables (PRAGMA user_version). Any other version is a cold start.
inline constexpr int k_state_version = 4;

// What a profile describes: the base, and the module's BTF sections as in ModuleRecord::btf.
struct ProfileKey {
  ContentHash base, btf;

  friend bool operator==(const ProfileKey&, const ProfileKey&) = default;
};

// A module's profile (renumber/profile.hpp), serialized.
struct StoredProfile {
  std::string ko;
  ProfileKey key;
  std::vector<std::byte> data;
};

class StateDb {
public:
  // Opens DIR/state.db. The directory is ours by claim_state_dir(), or is created. Never fails.
  // Replaces a database of kbtf's that is damaged or of another version by an empty one. Renames a
  // file that is not a database (overwritten, or somebody else's) to state.db.damaged first. If the
  // file is another program's database, or cannot be written, keeps the state in memory. `warning`
  // then gets one line that says which.
  [[nodiscard]] static StateDb open(const std::string& dir, std::string& warning);
  // A database that is lost when the process exits.
  [[nodiscard]] static StateDb in_memory();
  // For reading while the daemon runs (kbtf verify). Errors: not_found, malformed, unsupported
  // (another version, or not kbtf's), io.
  [[nodiscard]] static Expected<StateDb> open_read_only(const std::string& dir);

  // Returns all records. A hash that does not parse becomes unknown. Errors: malformed, io.
  [[nodiscard]] Expected<std::vector<ModuleRecord>> load_modules();
  [[nodiscard]] Status put(const ModuleRecord& record);
  enum class Sync {
    later, // a power cut may lose it
    now,   // on disk when this returns
  };
  // All or none.
  [[nodiscard]] Status put_all(std::span<const ModuleRecord> records, Sync sync);
  [[nodiscard]] Status erase(const std::string& ko);      // the record, its patch and its profile
  [[nodiscard]] Status erase_ways(const std::string& ko); // its patch and its profile

  // Stores a record with the patch from `record.rest` to `record.pristine`. All or none.
  [[nodiscard]] Status put_with_patch(const ModuleRecord& record, std::span<const std::byte> patch);
  // Errors: not_found (none for a finished file with this rest), malformed, io.
  [[nodiscard]] Expected<std::vector<std::byte>> patch(const std::string& ko,
                                                       const ContentHash& rest);

  // All or none.
  [[nodiscard]] Status put_profiles(std::span<const StoredProfile> profiles);
  // The modules that have one, and what each describes. Errors: malformed, io.
  [[nodiscard]] Expected<std::vector<std::pair<std::string, ProfileKey>>> profile_keys();
  // Errors: not_found, malformed, io.
  [[nodiscard]] Expected<StoredProfile> profile(const std::string& ko);

  // Small named values: counts, notices already given, inputs of tool keys. "" if there is none.
  [[nodiscard]] Status put_value(const std::string& name, const std::string& value);
  [[nodiscard]] std::string value(const std::string& name);
  // Drops the values "tools HASH" that no record refers to any more.
  [[nodiscard]] Status forget_unused_tools();

  // Path of the file, or "memory".
  [[nodiscard]] const std::string& where() const { return m_where; }

private:
  struct Statements {
    Statement put, erase, erase_patch, put_patch, patch, put_value, value, erase_profile,
        put_profile, profile;
  };
  StateDb(Database db, Statements statements, std::string where);
  [[nodiscard]] Status in_transaction(const std::function<Status()>& write);
  [[nodiscard]] Status distrust_if_damaged(Status result);
  [[nodiscard]] static Expected<StateDb> open_or_replace(const std::string& path,
                                                         std::string& warning);
  [[nodiscard]] static Expected<StateDb> open_file(const std::string& path,
                                                   Database::Access access);
  [[nodiscard]] static Expected<StateDb> from_database(Database db, std::string where);

  Database m_db;
  Statements m_statements;
  std::string m_where;
};

} // namespace kbtf
