// SPDX-License-Identifier: GPL-2.0-only
// The SQLite types: values pass unchanged, and each kind of failure has its kind of error.
#include "daemon/store/sqlite.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <optional>

namespace kbtf::test {
namespace {

using Access = Database::Access;

Database memory() {
  auto db = Database::open(":memory:", Access::read_write);
  EXPECT_TRUE(is_ok(db));
  EXPECT_TRUE(is_ok(db->execute("CREATE TABLE t(a PRIMARY KEY, b, c) WITHOUT ROWID")));
  return *std::move(db);
}

TEST(Sqlite, ValuesRoundTrip) {
  Database db = memory();
  const std::string text = std::string("with\0nul and \xff", 14);
  const auto blob = to_bytes(std::string("\0\x01\xff", 3));
  const std::int64_t number = std::numeric_limits<std::int64_t>::min();
  auto insert = db.prepare("INSERT INTO t VALUES(?,?,?)");
  ASSERT_TRUE(is_ok(insert));
  ASSERT_TRUE(is_ok(insert->bind(text).bind(number).bind(blob).run()));
  auto select = db.prepare("SELECT a, b, c, NULL FROM t");
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->text(0), text);
  EXPECT_EQ(select->number(1), number);
  EXPECT_EQ(select->blob(2), blob);
  EXPECT_EQ(select->text(3), "");
  EXPECT_TRUE(select->blob(3).empty());
  EXPECT_FALSE(*select->step());
}

TEST(Sqlite, StatementsCanBeUsedAgain) {
  Database db = memory();
  auto insert = db.prepare("INSERT INTO t VALUES(?,?,NULL)");
  for (std::int64_t i = 0; i < 3; ++i)
    ASSERT_TRUE(is_ok(insert->bind(std::to_string(i)).bind(i * i).run()));
  auto select = db.prepare("SELECT b FROM t WHERE a=?");
  for (const std::int64_t i : {2, 0, 1}) {
    const std::string key = std::to_string(i);
    ASSERT_TRUE(*select->bind(key).step());
    EXPECT_EQ(select->number(0), i * i);
    select->reset();
  }
}

TEST(Sqlite, StatementsSurviveAnError) {
  Database db = memory();
  auto insert = db.prepare("INSERT INTO t VALUES(?,1,NULL)");
  const std::string one = "1";
  const std::string two = "2";
  ASSERT_TRUE(is_ok(insert->bind(one).run()));
  EXPECT_TRUE(is_error(insert->bind(one).run(), ErrorKind::io, "UNIQUE"));
  EXPECT_TRUE(is_ok(insert->bind(two).run()));
}

TEST(Sqlite, BadSqlIsAnError) {
  Database db = memory();
  EXPECT_TRUE(is_error(db.execute("SELEKT"), ErrorKind::malformed));
  EXPECT_FALSE(db.prepare("SELECT nothing FROM nowhere"));
}

TEST(Sqlite, FullDiskIsSaid) {
  Database db = memory();
  ASSERT_TRUE(is_ok(db.execute("PRAGMA max_page_count=3")));
  auto insert = db.prepare("INSERT INTO t VALUES('a',1,?)");
  const std::vector<std::byte> large(100'000);
  EXPECT_TRUE(is_error(insert->bind(std::span(large)).run(), ErrorKind::io, "full"));
}

TEST(Sqlite, OtherFilesAreMalformed) {
  const TempDir dir;
  auto db = Database::open(dir.file("state.db", std::string(5'000, 'x')), Access::read_write);
  ASSERT_TRUE(is_ok(db)); // SQLite looks at the file when it must
  EXPECT_TRUE(is_error(db->execute("CREATE TABLE t(a)"), ErrorKind::malformed));
}

TEST(Sqlite, WhatCannotBeOpenedIsIo) {
  const TempDir dir;
  EXPECT_TRUE(is_error(Database::open(dir / "none/state.db", Access::read_write), ErrorKind::io));
  EXPECT_TRUE(is_error(Database::open(dir.path(), Access::read_write), ErrorKind::io));
}

TEST(Sqlite, ReadOnlyNeitherCreatesNorWrites) {
  const TempDir dir;
  EXPECT_FALSE(Database::open(dir / "state.db", Access::read_only));
  EXPECT_TRUE(dir.names().empty());
  {
    auto db = Database::open(dir / "state.db", Access::read_write);
    ASSERT_TRUE(is_ok(db->execute("CREATE TABLE t(a); INSERT INTO t VALUES(7)")));
  }
  auto reader = Database::open(dir / "state.db", Access::read_only);
  ASSERT_TRUE(is_ok(reader));
  EXPECT_TRUE(is_error(reader->execute("INSERT INTO t VALUES(8)"), ErrorKind::io));
  auto select = reader->prepare("SELECT a FROM t");
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->number(0), 7);
}

TEST(Sqlite, StatementsMayOutliveTheirDatabase) {
  std::optional<Statement> kept;
  {
    Database db = memory();
    kept = *db.prepare("SELECT 7");
  }
  ASSERT_TRUE(*kept->step());
  EXPECT_EQ(kept->number(0), 7);
}

} // namespace
} // namespace kbtf::test
