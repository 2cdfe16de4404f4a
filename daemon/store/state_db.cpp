// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/state_db.hpp"

#include "daemon/store/database_owner.hpp"
#include "daemon/store/state_columns.hpp"
#include "util/private_dir.hpp"

#include <cstdlib>
#include <string>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr const char* k_schema = R"(
CREATE TABLE module(
  ko TEXT PRIMARY KEY, state INTEGER NOT NULL,
  dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, settled INTEGER NOT NULL,
  base TEXT NOT NULL, tools TEXT NOT NULL, linker TEXT NOT NULL,
  pristine TEXT NOT NULL, rest TEXT NOT NULL, btf TEXT NOT NULL, link TEXT NOT NULL,
  inputs TEXT NOT NULL,
  adopted INTEGER NOT NULL, reason_code TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE patch(ko TEXT PRIMARY KEY, rest TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE profile(ko TEXT PRIMARY KEY, base TEXT NOT NULL, btf TEXT NOT NULL,
                     data BLOB NOT NULL);
CREATE TABLE value(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)";

constexpr const char* k_aside = ".damaged";

std::string db_path(const std::string& dir) {
  return dir + "/state.db";
}

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    ::unlink((path + suffix).c_str());
}

// If it is not a database, it may be anything: keep it beside a new one.
Status set_aside(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string from = path + suffix;
    const std::string to = path + k_aside + suffix;
    if (::access(from.c_str(), F_OK) != 0)
      continue;
    if (::access(to.c_str(), F_OK) == 0)
      return unexpected(ErrorKind::io, "not a database, and " + to + " is taken: remove one");
    if (::rename(from.c_str(), to.c_str()) != 0)
      return unexpected(errno_error(to));
  }
  return Ok{};
}

Expected<std::int64_t> number_from(Database& db, const char* sql) {
  auto statement = db.prepare(sql);
  if (!statement)
    return statement.forward_error();
  auto row = statement->step();
  if (!row)
    return row.forward_error();
  return statement->number(0);
}

// Call before setting the journal mode: only without a WAL does the id reach the file at once.
Status set_application_id(Database& db) {
  auto id = number_from(db, "PRAGMA application_id");
  if (!id)
    return id.forward_error();
  if (*id == k_application_id)
    return Ok{};
  return db.execute(("PRAGMA application_id=" + std::to_string(k_application_id)).c_str());
}

Expected<bool> has_tables(Database& db) {
  const auto count = number_from(db, "SELECT count(*) FROM sqlite_master");
  return count ? Expected<bool>(*count != 0) : count.forward_error();
}

Status create_tables(Database& db) {
  const std::string sql = std::string("BEGIN;") + k_schema +
                          "PRAGMA user_version=" + std::to_string(k_state_version) + ";COMMIT;";
  return db.execute(sql.c_str());
}

// Creates the tables in an empty database; refuses any version but the current one.
Status prepare_tables(Database& db) {
  auto version = number_from(db, "PRAGMA user_version");
  if (!version)
    return version.forward_error();
  auto used = has_tables(db);
  if (!used)
    return used.forward_error();
  if (*version == 0 && !*used)
    return create_tables(db);
  if (*version != k_state_version)
    return unexpected(ErrorKind::unsupported, "state version " + std::to_string(*version) +
                                                  ", not " + std::to_string(k_state_version));
  return Ok{};
}

} // namespace

StateDb::StateDb(Database db, Statements statements, std::string where)
    : m_db(std::move(db)), m_statements(std::move(statements)), m_where(std::move(where)) {}

Expected<StateDb> StateDb::from_database(Database db, std::string where) {
  const std::string put = std::string("INSERT OR REPLACE INTO module(") + k_module_columns +
                          ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
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
    if (auto set = set_application_id(*db); !set)
      return set.forward_error();
    // NORMAL: the WAL is synced only at checkpoints. The header says why that is enough.
    if (auto set = db->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"); !set)
      return set.forward_error();
  }
  if (auto tables = prepare_tables(*db); !tables)
    return tables.forward_error();
  auto state = from_database(*std::move(db), path);
  if (!state)
    return state;
  // A damaged page in the middle shows only when it is read.
  if (auto modules = state->load_modules(); !modules)
    return modules.forward_error();
  // Detects a file that is readable but not writable before a build depends on it.
  if (access == Database::Access::read_write)
    if (auto written = state->put_value("opened", std::to_string(::getpid())); !written)
      return written.forward_error();
  return state;
}

StateDb StateDb::in_memory() {
  auto memory = open_file(":memory:", Database::Access::read_write);
  if (!memory)
    std::abort(); // out of memory for an empty database: nothing sensible is left to do
  memory->m_where = "memory";
  return *std::move(memory);
}

// Opens the database as it is. Replaces it by an empty one if it is kbtf's and unusable, or if it
// could be set aside.
Expected<StateDb> StateDb::open_or_replace(const std::string& path, std::string& warning) {
  const DatabaseOwner owner = owner_of_database(path);
  if (owner == DatabaseOwner::other)
    return unexpected(ErrorKind::unsupported, "another program's, left alone");
  std::string why;
  if (owner == DatabaseOwner::unknown) {
    if (auto done = set_aside(path); !done)
      return done.forward_error();
    why = std::string("not a database, now state.db") + k_aside;
  } else {
    auto state = open_file(path, Database::Access::read_write);
    if (state || (state.error().kind != ErrorKind::malformed &&
                  state.error().kind != ErrorKind::unsupported))
      return state;
    why = state.error().text;
    remove_database(path);
  }
  auto fresh = open_file(path, Database::Access::read_write);
  if (fresh)
    warning = path + ": " + why + "; starting with an empty state";
  return fresh;
}

StateDb StateDb::open(const std::string& dir, std::string& warning) {
  const auto made = make_private_dir(dir);
  auto state = made ? open_or_replace(db_path(dir), warning) : made.forward_error();
  if (state)
    return *std::move(state);
  warning =
      (made ? db_path(dir) + ": " : "") + state.error().text + "; keeping the state in memory";
  return in_memory();
}

Expected<StateDb> StateDb::open_read_only(const std::string& dir) {
  if (::access(db_path(dir).c_str(), R_OK) != 0)
    return unexpected(errno_error(db_path(dir)));
  if (owner_of_database(db_path(dir)) != DatabaseOwner::kbtf)
    return unexpected(ErrorKind::unsupported, db_path(dir) + ": not a database of kbtf's");
  return open_file(db_path(dir), Database::Access::read_only);
}

Status StateDb::put_value(const std::string& name, const std::string& value) {
  return m_statements.put_value.bind(name).bind(value).run();
}

Status StateDb::forget_unused_tools() {
  return m_db.execute("DELETE FROM value WHERE name LIKE 'tools %' AND "
                      "substr(name, 7) NOT IN (SELECT tools FROM module UNION SELECT linker FROM "
                      "module)");
}

std::string StateDb::value(const std::string& name) {
  auto row = m_statements.value.bind(name).step();
  std::string text = row && *row ? m_statements.value.text(0) : std::string();
  m_statements.value.reset();
  return text;
}

} // namespace kbtf
