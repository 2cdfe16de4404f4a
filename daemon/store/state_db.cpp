// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/state_db.hpp"

#include "proto/endpoint.hpp"

#include <cstdlib>
#include <string>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr const char* k_schema = R"(
CREATE TABLE module(
  ko TEXT PRIMARY KEY, state INTEGER NOT NULL,
  dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
  base TEXT NOT NULL, tools TEXT NOT NULL,
  pristine TEXT NOT NULL, rest TEXT NOT NULL, btf TEXT NOT NULL, link TEXT NOT NULL,
  adopted INTEGER NOT NULL, reason_code TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE patch(ko TEXT PRIMARY KEY, rest TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE profile(ko TEXT PRIMARY KEY, base TEXT NOT NULL, btf TEXT NOT NULL,
                     data BLOB NOT NULL);
CREATE TABLE value(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)";

constexpr const char* k_columns =
    "ko,state,dev,ino,size,mtime_ns,ctime_ns,base,tools,pristine,rest,btf,link,adopted,"
    "reason_code,reason,at";

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
  }
  return 0;
}

// What is not known is not believed.
ModuleState state_from(std::int64_t number) {
  return number == 1   ? ModuleState::finished
         : number == 2 ? ModuleState::renumbering
                       : ModuleState::writing;
}

std::string db_path(const std::string& dir) {
  return dir + "/state.db";
}

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"})
    ::unlink((path + suffix).c_str());
}

Expected<int> user_version(Database& db) {
  auto statement = db.prepare("PRAGMA user_version");
  if (!statement)
    return statement.forward_error();
  auto row = statement->step();
  if (!row)
    return row.forward_error();
  return static_cast<int>(statement->number(0));
}

Expected<bool> has_tables(Database& db) {
  auto statement = db.prepare("SELECT count(*) FROM sqlite_master");
  if (!statement)
    return statement.forward_error();
  auto row = statement->step();
  if (!row)
    return row.forward_error();
  return statement->number(0) != 0;
}

Status create_tables(Database& db) {
  const std::string sql = std::string("BEGIN;") + k_schema +
                          "PRAGMA user_version=" + std::to_string(k_state_version) + ";COMMIT;";
  return db.execute(sql.c_str());
}

// Brings an empty database to the present version; refuses any other than the present one.
Status prepare_tables(Database& db) {
  auto version = user_version(db);
  if (!version)
    return version.forward_error();
  auto used = has_tables(db);
  if (!used)
    return used.forward_error();
  if (*version == 0 && !*used)
    return create_tables(db);
  if (*version != k_state_version)
    return unexpected(ErrorKind::incompatible, "state version " + std::to_string(*version) +
                                                   ", not " + std::to_string(k_state_version));
  return Ok{};
}

} // namespace

StateDb::StateDb(Database db, Statements statements, std::string where)
    : m_db(std::move(db)), m_statements(std::move(statements)), m_where(std::move(where)) {}

Expected<StateDb> StateDb::from_database(Database db, std::string where) {
  const std::string put = std::string("INSERT OR REPLACE INTO module(") + k_columns +
                          ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  std::vector<Statement> made;
  for (const char* sql :
       {put.c_str(), "DELETE FROM module WHERE ko=?", "DELETE FROM patch WHERE ko=?",
        "INSERT OR REPLACE INTO patch(ko,rest,data) VALUES(?,?,?)",
        "SELECT data FROM patch WHERE ko=? AND rest=?",
        "INSERT OR REPLACE INTO value(name,value) VALUES(?,?)",
        "SELECT value FROM value WHERE name=?", "DELETE FROM profile WHERE ko=?",
        "INSERT OR REPLACE INTO profile(ko,base,btf,data) VALUES(?,?,?,?)",
        "SELECT base,btf,data FROM profile WHERE ko=?"}) {
    auto statement = db.prepare(sql);
    if (!statement)
      return statement.forward_error();
    made.push_back(*std::move(statement));
  }
  Statements all{std::move(made[0]), std::move(made[1]), std::move(made[2]), std::move(made[3]),
                 std::move(made[4]), std::move(made[5]), std::move(made[6]), std::move(made[7]),
                 std::move(made[8]), std::move(made[9])};
  return StateDb(std::move(db), std::move(all), std::move(where));
}

Expected<StateDb> StateDb::open_file(const std::string& path, Database::Access access) {
  auto db = Database::open(path, access);
  if (!db)
    return db.forward_error();
  if (access == Database::Access::read_write) {
    // NORMAL: the WAL is synced at checkpoints only. See the header on why that is enough.
    if (auto set = db->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"); !set)
      return set.forward_error();
  }
  if (auto tables = prepare_tables(*db); !tables)
    return tables.forward_error();
  auto state = from_database(*std::move(db), path);
  if (!state)
    return state;
  // A damaged page in the middle shows itself only when it is read.
  if (auto modules = state->load_modules(); !modules)
    return modules.forward_error();
  // Finds a file that can be read but not written before a build depends on it.
  if (access == Database::Access::read_write)
    if (auto written = state->put_value("opened", std::to_string(::getpid())); !written)
      return written.forward_error();
  return state;
}

StateDb StateDb::open(const std::string& dir, std::string& warning) {
  std::string why;
  if (auto made = make_private_dir(dir); !made) {
    why = made.error().text;
  } else {
    const std::string path = db_path(dir);
    auto state = open_file(path, Database::Access::read_write);
    if (state)
      return *std::move(state);
    why = path + ": " + state.error().text;
    const ErrorKind kind = state.error().kind;
    if (kind == ErrorKind::malformed || kind == ErrorKind::incompatible) {
      remove_database(path);
      if (auto fresh = open_file(path, Database::Access::read_write)) {
        warning = why + "; starting with an empty state";
        return *std::move(fresh);
      }
    }
  }
  warning = why + "; keeping the state in memory";
  auto memory = open_file(":memory:", Database::Access::read_write);
  if (!memory)
    std::abort(); // no memory for an empty database: nothing sensible is left to do
  memory->m_where = "memory";
  return *std::move(memory);
}

Expected<StateDb> StateDb::open_read_only(const std::string& dir) {
  if (::access(db_path(dir).c_str(), R_OK) != 0)
    return unexpected(errno_error(db_path(dir)));
  return open_file(db_path(dir), Database::Access::read_only);
}

Expected<std::vector<ModuleRecord>> StateDb::load_modules() {
  auto statement = m_db.prepare((std::string("SELECT ") + k_columns + " FROM module").c_str());
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
    r.key = {ContentHash::from_hex(s.text(7)), ContentHash::from_hex(s.text(8))};
    r.pristine = ContentHash::from_hex(s.text(9));
    r.rest = ContentHash::from_hex(s.text(10));
    r.btf = ContentHash::from_hex(s.text(11));
    r.link = ContentHash::from_hex(s.text(12));
    r.adopted = s.number(13) != 0;
    r.reason_code = s.text(14);
    r.reason = s.text(15);
    r.at = s.text(16);
    records.push_back(std::move(r));
  }
}

// Damage that shows itself only when a page is written or a patch read is too late for this
// daemon, which has its records in memory: the mark makes the next one start cold.
Status StateDb::distrust_if_damaged(Status result) {
  if (!result && result.error().kind == ErrorKind::malformed)
    (void)m_db.execute("PRAGMA user_version=0"); // best effort: the file is damaged
  return result;
}

Status StateDb::put(const ModuleRecord& r) {
  const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  const std::string base = hex_or_empty(r.key.base);
  const std::string tools = hex_or_empty(r.key.tools);
  const std::string pristine = hex_or_empty(r.pristine);
  const std::string rest = hex_or_empty(r.rest);
  const std::string btf = hex_or_empty(r.btf);
  const std::string link = hex_or_empty(r.link);
  auto& row = m_statements.put.bind(r.ko)
                  .bind(number_of(r.state))
                  .bind(number(r.stamp.dev))
                  .bind(number(r.stamp.ino))
                  .bind(number(r.stamp.size))
                  .bind(r.stamp.mtime_ns)
                  .bind(r.stamp.ctime_ns)
                  .bind(base)
                  .bind(tools)
                  .bind(pristine)
                  .bind(rest)
                  .bind(btf)
                  .bind(link)
                  .bind(std::int64_t{r.adopted ? 1 : 0})
                  .bind(r.reason_code)
                  .bind(r.reason)
                  .bind(r.at);
  return distrust_if_damaged(row.run());
}

Status StateDb::erase(const std::string& ko) {
  if (auto erased = m_statements.erase.bind(ko).run(); !erased)
    return distrust_if_damaged(erased);
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
    (void)m_db.execute("ROLLBACK"); // fails where SQLite has rolled back by itself
  return distrust_if_damaged(result);
}

Status StateDb::put_all(std::span<const ModuleRecord> records, Sync sync) {
  // Outside a transaction, where SQLite ignores it; FULL syncs the WAL at each commit.
  if (sync == Sync::now)
    if (auto set = m_db.execute("PRAGMA synchronous=FULL"); !set)
      return set;
  const Status result = in_transaction([&]() -> Status {
    for (const auto& record : records)
      if (auto stored = put(record); !stored)
        return stored;
    return Ok{};
  });
  if (sync == Sync::now)
    (void)m_db.execute("PRAGMA synchronous=NORMAL"); // on failure later commits are only slower
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

Status StateDb::put_value(const std::string& name, const std::string& value) {
  return m_statements.put_value.bind(name).bind(value).run();
}

Status StateDb::forget_unused_tools() {
  return m_db.execute("DELETE FROM value WHERE name LIKE 'tools %' AND "
                      "substr(name, 7) NOT IN (SELECT tools FROM module)");
}

std::string StateDb::value(const std::string& name) {
  auto row = m_statements.value.bind(name).step();
  std::string text = row && *row ? m_statements.value.text(0) : std::string();
  m_statements.value.reset();
  return text;
}

} // namespace kbtf
