// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/sqlite.hpp"

#include <sqlite3.h>

namespace kbtf {
namespace {

Unexpected sqlite_error(sqlite3* db) {
  const int code = db ? ::sqlite3_errcode(db) : SQLITE_NOMEM;
  const bool is_malformed = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
  return unexpected(is_malformed ? ErrorKind::malformed : ErrorKind::io,
                    db ? ::sqlite3_errmsg(db) : "no memory");
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

Statement& Statement::bind(const std::string& text) {
  ::sqlite3_bind_text(m_statement.get(), m_next++, text.c_str(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  ::sqlite3_bind_int64(m_statement.get(), m_next++, number);
  return *this;
}

Statement& Statement::bind(std::span<const std::byte> blob) {
  ::sqlite3_bind_blob64(m_statement.get(), m_next++, blob.data(), blob.size(), SQLITE_STATIC);
  return *this;
}

Expected<bool> Statement::step() {
  const int code = ::sqlite3_step(m_statement.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  const auto error = sqlite_error(m_db);
  reset();
  return error;
}

Status Statement::run() {
  auto stepped = step();
  reset();
  return stepped ? Status(Ok{}) : Status(stepped.forward_error());
}

void Statement::reset() {
  ::sqlite3_reset(m_statement.get());
  ::sqlite3_clear_bindings(m_statement.get());
  m_next = 1;
}

std::string Statement::text(int column) const {
  const unsigned char* text = ::sqlite3_column_text(m_statement.get(), column);
  const int size = ::sqlite3_column_bytes(m_statement.get(), column);
  return text ? std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size))
              : std::string();
}

std::int64_t Statement::number(int column) const {
  return ::sqlite3_column_int64(m_statement.get(), column);
}

std::vector<std::byte> Statement::blob(int column) const {
  const auto* data =
      static_cast<const std::byte*>(::sqlite3_column_blob(m_statement.get(), column));
  const int size = ::sqlite3_column_bytes(m_statement.get(), column);
  return data ? std::vector<std::byte>(data, data + size) : std::vector<std::byte>();
}

void Database::Close::operator()(sqlite3* db) const {
  ::sqlite3_close_v2(db);
}

Expected<Database> Database::open(const std::string& path, Access access) {
  const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (code != SQLITE_OK)
    return sqlite_error(raw);
  // Another kbtfd, or a reader (kbtf verify), locks the state only briefly.
  ::sqlite3_busy_timeout(raw, 200);
  return db;
}

Status Database::execute(const char* sql) {
  if (::sqlite3_exec(m_db.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(m_db.get());
  return Ok{};
}

Expected<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v3(m_db.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK)
    return sqlite_error(m_db.get());
  return Statement(m_db.get(), statement);
}

} // namespace kbtf
