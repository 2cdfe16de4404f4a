// SPDX-License-Identifier: GPL-2.0-only
// The few SQLite calls that state_db needs, as owning types (sqlite3 C API, sqlite.org/c3ref).
// Errors are values; a damaged file is malformed. One thread at a time.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace kbtf {

class Statement {
public:
  // Binds the next parameter, starting at 1. Text and blobs must outlive step().
  Statement& bind(const std::string& text);
  Statement& bind(std::int64_t number);
  Statement& bind(std::span<const std::byte> blob);
  // Advances: true for a row, false at the end. Call reset() before the next use.
  [[nodiscard]] Expected<bool> step();
  // Runs a statement that returns no rows, and resets it.
  [[nodiscard]] Status run();
  void reset();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::vector<std::byte> blob(int column) const;

private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* db, sqlite3_stmt* statement) : m_db(db), m_statement(statement) {}
  sqlite3* m_db;
  std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
  int m_next = 1;
};

class Database {
public:
  enum class Access { read_write, read_only };
  // Opens the file, and creates it unless read_only; ":memory:" for none. Errors: io, malformed.
  [[nodiscard]] static Expected<Database> open(const std::string& path, Access access);
  // Runs SQL text without parameters. Errors: io, malformed.
  [[nodiscard]] Status execute(const char* sql);
  // The statement must not outlive the database's last use. Errors: malformed, io.
  [[nodiscard]] Expected<Statement> prepare(const char* sql);

private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Database(sqlite3* db) : m_db(db) {}
  std::unique_ptr<sqlite3, Close> m_db;
};

} // namespace kbtf
