// SPDX-License-Identifier: GPL-2.0-only
// The state file while all is well: what is put in is there for the next daemon.
#include "daemon/store/state_db.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/store/records.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class StateDbTest : public testing::Test {
protected:
  StateDb open() {
    std::string warning;
    StateDb db = StateDb::open(state, warning);
    EXPECT_EQ(warning, "");
    EXPECT_EQ(db.where(), state + "/state.db");
    return db;
  }
  static std::vector<ModuleRecord> modules(StateDb& db) {
    auto all = db.load_modules();
    EXPECT_TRUE(is_ok(all));
    return all ? *all : std::vector<ModuleRecord>{};
  }

  TempDir dir;
  std::string state = dir / "state";
};

TEST_F(StateDbTest, StartsEmpty) {
  StateDb db = open();
  EXPECT_TRUE(modules(db).empty());
  EXPECT_EQ(db.value("totals"), "");
  EXPECT_TRUE(is_error(db.patch("/k/a.ko", {1, 2}), ErrorKind::not_found, "/k/a.ko"));
}

TEST_F(StateDbTest, IsPrivate) {
  (void)open();
  EXPECT_EQ(std::filesystem::status(state).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(StateDbTest, RecordsSurviveTheDaemon) {
  const ModuleRecord finished = sample_record("/k/a.ko");
  ModuleRecord writing;
  writing.ko = "/k/\xff b.ko"; // file names are bytes
  {
    StateDb db = open();
    ASSERT_TRUE(is_ok(db.put(finished)));
    ASSERT_TRUE(is_ok(db.put(writing)));
  }
  StateDb db = open();
  const auto all = modules(db);
  ASSERT_EQ(all.size(), 2U);
  const bool in_order = all[0].ko == finished.ko;
  expect_same(all[in_order ? 0 : 1], finished);
  expect_same(all[in_order ? 1 : 0], writing);
}

TEST_F(StateDbTest, PutReplacesRecord) {
  StateDb db = open();
  ASSERT_TRUE(is_ok(db.put(sample_record())));
  ModuleRecord now = sample_record();
  now.state = ModuleState::writing;
  now.rest = {};
  now.reason = "it's \"quoted\"; --";
  ASSERT_TRUE(is_ok(db.put(now)));
  const auto all = modules(db);
  ASSERT_EQ(all.size(), 1U);
  expect_same(all[0], now);
}

TEST_F(StateDbTest, PatchSurvivesWithItsRecord) {
  const ModuleRecord record = sample_record();
  const auto patch = to_bytes(std::string("\0patch\xff", 7));
  {
    StateDb db = open();
    ASSERT_TRUE(is_ok(db.put_with_patch(record, patch)));
  }
  StateDb db = open();
  EXPECT_EQ(*db.patch(record.ko, record.rest), patch);
  const auto all = modules(db);
  ASSERT_EQ(all.size(), 1U);
  expect_same(all[0], record);
}

TEST_F(StateDbTest, PatchBelongsToOneFinishedFile) {
  StateDb db = open();
  ModuleRecord record = sample_record();
  const ContentHash old = record.rest;
  ASSERT_TRUE(is_ok(db.put_with_patch(record, to_bytes("first"))));
  EXPECT_TRUE(is_error(db.patch(record.ko, {99, 99}), ErrorKind::not_found));
  EXPECT_TRUE(is_error(db.patch(record.ko, {}), ErrorKind::not_found));
  EXPECT_TRUE(is_error(db.patch("/k/other.ko", old), ErrorKind::not_found));
  record.rest = {77, 78};
  ASSERT_TRUE(is_ok(db.put_with_patch(record, to_bytes("second"))));
  EXPECT_TRUE(is_error(db.patch(record.ko, old), ErrorKind::not_found));
  EXPECT_EQ(*db.patch(record.ko, record.rest), to_bytes("second"));
}

TEST_F(StateDbTest, ErasingRecordErasesPatch) {
  StateDb db = open();
  const ModuleRecord record = sample_record();
  ASSERT_TRUE(is_ok(db.put_with_patch(record, to_bytes("patch"))));
  ASSERT_TRUE(is_ok(db.put(sample_record("/k/kept.ko"))));
  ASSERT_TRUE(is_ok(db.erase(record.ko)));
  ASSERT_TRUE(is_ok(db.erase("/k/never.ko")));
  const auto all = modules(db);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].ko, "/k/kept.ko");
  EXPECT_TRUE(is_error(db.patch(record.ko, record.rest), ErrorKind::not_found));
}

TEST_F(StateDbTest, ValuesSurviveAndAreReplaced) {
  {
    StateDb db = open();
    ASSERT_TRUE(is_ok(db.put_value("totals", "{}")));
    ASSERT_TRUE(is_ok(db.put_value("totals", R"({"modules":1})")));
    ASSERT_TRUE(is_ok(db.put_value("", "no name")));
  }
  StateDb db = open();
  EXPECT_EQ(db.value("totals"), R"({"modules":1})");
  EXPECT_EQ(db.value(""), "no name");
  EXPECT_EQ(db.value("other"), "");
}

TEST_F(StateDbTest, ForgetsToolInputsThatNoRecordNames) {
  StateDb db = open();
  const ModuleRecord record = sample_record();
  const std::string used = "tools " + record.key.tools.hex();
  const std::string linker = "tools " + record.key.linker.hex();
  for (const std::string& name : {used, linker, std::string("tools 00ff"), std::string("totals")})
    ASSERT_TRUE(is_ok(db.put_value(name, "x")));
  ASSERT_TRUE(is_ok(db.put(record)));
  ASSERT_TRUE(is_ok(db.forget_unused_tools()));
  EXPECT_EQ(db.value(used), "x");
  EXPECT_EQ(db.value(linker), "x");
  EXPECT_EQ(db.value("totals"), "x");
  EXPECT_EQ(db.value("tools 00ff"), "");
}

TEST_F(StateDbTest, HoldsManyRecords) {
  constexpr int k_many = 2'000;
  {
    StateDb db = open();
    for (int i = 0; i < k_many; ++i)
      ASSERT_TRUE(is_ok(db.put(sample_record("/k/" + std::to_string(i) + ".ko"))));
  }
  StateDb db = open();
  EXPECT_EQ(modules(db).size(), static_cast<std::size_t>(k_many));
}

TEST_F(StateDbTest, CanBeReadBesideARunningDaemon) {
  StateDb daemon = open();
  ASSERT_TRUE(is_ok(daemon.put(sample_record())));
  ASSERT_TRUE(is_ok(daemon.put_value("stages", "[]")));
  auto reader = StateDb::open_read_only(state);
  ASSERT_TRUE(is_ok(reader));
  ASSERT_EQ(modules(*reader).size(), 1U);
  EXPECT_EQ(reader->value("stages"), "[]");
  EXPECT_FALSE(reader->put(sample_record("/k/b.ko")));
  ASSERT_TRUE(is_ok(daemon.put(sample_record("/k/c.ko"))));
  EXPECT_EQ(modules(*reader).size(), 2U);
}

TEST_F(StateDbTest, ReadingCreatesNothing) {
  EXPECT_TRUE(is_error(StateDb::open_read_only(state), ErrorKind::not_found));
  EXPECT_FALSE(std::filesystem::exists(state));
}

// A killed daemon leaves its write-ahead log; the copy of its files is what a kill leaves.
TEST_F(StateDbTest, RecordsSurviveAKill) {
  const std::string killed = dir / "killed";
  {
    StateDb db = open();
    ASSERT_TRUE(is_ok(db.put(sample_record())));
    std::filesystem::copy(state, killed);
  }
  ASSERT_TRUE(std::filesystem::exists(killed + "/state.db-wal"));
  std::string warning;
  StateDb db = StateDb::open(killed, warning);
  EXPECT_EQ(warning, "");
  ASSERT_EQ(modules(db).size(), 1U);
  expect_same(modules(db)[0], sample_record());
}

} // namespace
} // namespace kbtf::test
