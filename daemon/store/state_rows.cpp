// SPDX-License-Identifier: GPL-2.0-only
// StateDb: the rows of modules, patches and profiles.
#include "daemon/store/state_columns.hpp"
#include "daemon/store/state_db.hpp"

namespace kbtf {
namespace {

std::string hex_or_empty(const ContentHash& hash) {
  return hash.is_known() ? hash.hex() : std::string();
}

std::int64_t number_of(ModuleState state) {
  switch (state) {
  case ModuleState::writing:
    break;
  case ModuleState::finished:
    return 1;
  case ModuleState::renumbering:
    return 2;
  case ModuleState::doubtful:
    return 3;
  }
  return 0;
}

// An unknown state is not believed.
ModuleState state_from(std::int64_t number) {
  return number == 1   ? ModuleState::finished
         : number == 2 ? ModuleState::renumbering
         : number == 3 ? ModuleState::doubtful
                       : ModuleState::writing;
}

} // namespace

Expected<std::vector<ModuleRecord>> StateDb::load_modules() {
  auto statement =
      m_db.prepare((std::string("SELECT ") + k_module_columns + " FROM module").c_str());
  if (!statement)
    return statement.forward_error();
  std::vector<ModuleRecord> records;
  for (;;) {
    auto row = statement->step();
    if (!row)
      return row.forward_error();
    if (!*row)
      return records;
    const auto& s = *statement;
    const auto unsigned_number = [&s](int column) {
      return static_cast<std::uint64_t>(s.number(column));
    };
    ModuleRecord r;
    r.ko = s.text(0);
    r.state = state_from(s.number(1));
    r.stamp = {unsigned_number(2), unsigned_number(3), unsigned_number(4), s.number(5),
               s.number(6)};
    r.is_settled = s.number(7) != 0;
    const auto hash = [&s](int column) { return ContentHash::from_hex(s.text(column)); };
    r.key = {hash(8), hash(9), hash(10)};
    r.pristine = hash(11);
    r.rest = hash(12);
    r.btf = hash(13);
    r.link = hash(14);
    r.inputs = hash(15);
    r.adopted = s.number(16) != 0;
    r.reason_code = s.text(17);
    r.reason = s.text(18);
    r.at = s.text(19);
    records.push_back(std::move(r));
  }
}

// If damage shows only when a page is written or a patch is read, it is too late for this daemon,
// which has its records in memory. The version makes the next one start cold.
Status StateDb::distrust_if_damaged(Status result) {
  if (!result && result.error().kind == ErrorKind::malformed)
    (void)m_db.execute("PRAGMA user_version=0"); // best effort: the file is damaged
  return result;
}

Status StateDb::put(const ModuleRecord& r) {
  const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  const std::string base = hex_or_empty(r.key.base);
  const std::string tools = hex_or_empty(r.key.tools);
  const std::string linker = hex_or_empty(r.key.linker);
  const std::string pristine = hex_or_empty(r.pristine);
  const std::string rest = hex_or_empty(r.rest);
  const std::string btf = hex_or_empty(r.btf);
  const std::string link = hex_or_empty(r.link);
  const std::string inputs = hex_or_empty(r.inputs);
  auto& row = m_statements.put.bind(r.ko)
                  .bind(number_of(r.state))
                  .bind(number(r.stamp.dev))
                  .bind(number(r.stamp.ino))
                  .bind(number(r.stamp.size))
                  .bind(r.stamp.mtime_ns)
                  .bind(r.stamp.ctime_ns)
                  .bind(std::int64_t{r.is_settled ? 1 : 0})
                  .bind(base)
                  .bind(tools)
                  .bind(linker)
                  .bind(pristine)
                  .bind(rest)
                  .bind(btf)
                  .bind(link)
                  .bind(inputs)
                  .bind(std::int64_t{r.adopted ? 1 : 0})
                  .bind(r.reason_code)
                  .bind(r.reason)
                  .bind(r.at);
  return distrust_if_damaged(row.run());
}

Status StateDb::erase(const std::string& ko) {
  if (auto erased = m_statements.erase.bind(ko).run(); !erased)
    return distrust_if_damaged(erased);
  return erase_ways(ko);
}

Status StateDb::erase_ways(const std::string& ko) {
  if (auto erased = m_statements.erase_patch.bind(ko).run(); !erased)
    return distrust_if_damaged(erased);
  return distrust_if_damaged(m_statements.erase_profile.bind(ko).run());
}

Status StateDb::in_transaction(const std::function<Status()>& write) {
  if (auto begun = m_db.execute("BEGIN IMMEDIATE"); !begun)
    return begun;
  Status result = write();
  if (result)
    result = m_db.execute("COMMIT");
  if (!result)
    (void)m_db.execute("ROLLBACK"); // fails if SQLite has already rolled back
  return distrust_if_damaged(result);
}

Status StateDb::put_all(std::span<const ModuleRecord> records, Sync sync) {
  // Outside a transaction: SQLite ignores it inside. FULL syncs the WAL at each commit.
  if (sync == Sync::now)
    if (auto set = m_db.execute("PRAGMA synchronous=FULL"); !set)
      return set;
  Status result = in_transaction([&]() -> Status {
    for (const auto& record : records)
      if (auto stored = put(record); !stored)
        return stored;
    return Ok{};
  });
  if (sync == Sync::now)
    (void)m_db.execute("PRAGMA synchronous=NORMAL"); // on failure later commits are just slower
  return result;
}

Status StateDb::put_with_patch(const ModuleRecord& record, std::span<const std::byte> patch) {
  return in_transaction([&]() -> Status {
    const std::string rest = hex_or_empty(record.rest);
    if (auto stored = m_statements.put_patch.bind(record.ko).bind(rest).bind(patch).run(); !stored)
      return stored;
    return put(record);
  });
}

Expected<std::vector<std::byte>> StateDb::patch(const std::string& ko, const ContentHash& rest) {
  const std::string hex = rest.hex();
  auto row = m_statements.patch.bind(ko).bind(hex).step();
  if (!row) {
    (void)distrust_if_damaged(row.forward_error());
    return row.forward_error();
  }
  if (!*row) {
    m_statements.patch.reset();
    return unexpected(ErrorKind::not_found, ko + ": no patch to its pristine bytes");
  }
  auto data = m_statements.patch.blob(0);
  m_statements.patch.reset();
  return data;
}

Status StateDb::put_profiles(std::span<const StoredProfile> profiles) {
  return in_transaction([&]() -> Status {
    for (const auto& profile : profiles) {
      const std::string base = hex_or_empty(profile.key.base);
      const std::string btf = hex_or_empty(profile.key.btf);
      if (auto stored = m_statements.put_profile.bind(profile.ko)
                            .bind(base)
                            .bind(btf)
                            .bind(profile.data)
                            .run();
          !stored)
        return stored;
    }
    return Ok{};
  });
}

Expected<std::vector<std::pair<std::string, ProfileKey>>> StateDb::profile_keys() {
  auto statement = m_db.prepare("SELECT ko,base,btf FROM profile");
  if (!statement)
    return statement.forward_error();
  std::vector<std::pair<std::string, ProfileKey>> keys;
  for (;;) {
    auto row = statement->step();
    if (!row)
      return row.forward_error();
    if (!*row)
      return keys;
    keys.emplace_back(statement->text(0), ProfileKey{ContentHash::from_hex(statement->text(1)),
                                                     ContentHash::from_hex(statement->text(2))});
  }
}

Expected<StoredProfile> StateDb::profile(const std::string& ko) {
  auto row = m_statements.profile.bind(ko).step();
  if (!row) {
    (void)distrust_if_damaged(row.forward_error());
    return row.forward_error();
  }
  StoredProfile profile{ko, {}, {}};
  if (*row) {
    profile.key = {ContentHash::from_hex(m_statements.profile.text(0)),
                   ContentHash::from_hex(m_statements.profile.text(1))};
    profile.data = m_statements.profile.blob(2);
  }
  m_statements.profile.reset();
  if (!profile.key.base.is_known())
    return unexpected(ErrorKind::not_found, ko + ": no profile");
  return profile;
}

} // namespace kbtf
