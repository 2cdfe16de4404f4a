// SPDX-License-Identifier: GPL-2.0-only
// Records: what the memory holds and what the next daemon finds, also when writing fails.
#include "daemon/server/records.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/store/records.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class RecordsTest : public testing::Test {
protected:
  StateDb open() {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    EXPECT_EQ(warning, "");
    return db;
  }
  // No write succeeds while this is kept.
  Database lock() {
    auto other = Database::open(dir / "state.db", Database::Access::read_write);
    EXPECT_TRUE(is_ok(other->execute("BEGIN IMMEDIATE")));
    return *std::move(other);
  }

  TempDir dir;
};

TEST_F(RecordsTest, StartsEmpty) {
  const Records records(open());
  EXPECT_EQ(records.find("/k/a.ko"), nullptr);
  EXPECT_EQ(records.size(), 0U);
  EXPECT_EQ(records.where(), dir / "state.db");
}

TEST_F(RecordsTest, SurviveRestart) {
  const ModuleRecord a = sample_record("/k/a.ko");
  const ModuleRecord b = sample_record("/k/b.ko");
  {
    Records records(open());
    records.put(a);
    records.put_with_patch(b, to_bytes("patch"));
    records.put_value("totals", "{}");
    ASSERT_NE(records.find("/k/a.ko"), nullptr);
    expect_same(*records.find("/k/a.ko"), a);
  }
  Records records(open());
  EXPECT_EQ(records.size(), 2U);
  ASSERT_NE(records.find("/k/b.ko"), nullptr);
  expect_same(*records.find("/k/b.ko"), b);
  EXPECT_EQ(*records.patch(b), to_bytes("patch"));
  EXPECT_EQ(records.value("totals"), "{}");
}

// What nobody can vouch for is not the same as what was never seen.
TEST_F(RecordsTest, DoubtSurvivesRestart) {
  const ModuleRecord known = sample_record("/k/a.ko");
  {
    Records records(open());
    records.put_with_patch(known, to_bytes("patch"));
    records.put_profiles({{known.ko, {known.key.base, known.btf}, to_bytes("profile")}});
    ASSERT_TRUE(records.has_profile(known));
    records.put_doubt("/k/a.ko", "a tool changed");
    records.put_doubt("/k/never.ko", "its BTF step failed");
    EXPECT_FALSE(records.has_profile(known));
  }
  Records records(open());
  EXPECT_EQ(records.size(), 2U);
  for (const auto& [ko, why] :
       {std::pair{"/k/a.ko", "a tool changed"}, std::pair{"/k/never.ko", "its BTF step failed"}}) {
    const ModuleRecord* record = records.find(ko);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->state, ModuleState::doubtful);
    EXPECT_EQ(record->reason, why);
    EXPECT_FALSE(record->pristine.is_known() || record->has_content() || record->link.is_known());
  }
  EXPECT_FALSE(records.patch(known));
  EXPECT_FALSE(records.has_profile(known));
}

TEST_F(RecordsTest, RefusesPatchOfAnotherFinishedFile) {
  Records records(open());
  ModuleRecord record = sample_record();
  records.put_with_patch(record, to_bytes("patch"));
  record.rest = {98, 99};
  EXPECT_TRUE(is_error(records.patch(record), ErrorKind::not_found));
}

TEST_F(RecordsTest, ContinuesInMemoryWhenWritingFails) {
  {
    Records records(open());
    records.put(sample_record("/k/a.ko"));
    const Database other = lock();
    records.put(sample_record("/k/b.ko"));
    EXPECT_EQ(records.size(), 2U);
    EXPECT_NE(records.find("/k/b.ko"), nullptr);
  }
  EXPECT_EQ(Records(open()).size(), 1U);
}

TEST_F(RecordsTest, RetriesFailedWriteAfterNextSuccess) {
  {
    Records records(open());
    records.put(sample_record("/k/a.ko"));
    {
      const Database other = lock();
      records.put_doubt("/k/a.ko", "a test");
      records.put(sample_record("/k/b.ko"));
      records.put(sample_record("/k/gone.ko"));
      records.erase("/k/gone.ko");
    }
    records.put_value("a", "b");
  }
  const Records records(open());
  EXPECT_EQ(records.size(), 2U);
  ASSERT_NE(records.find("/k/a.ko"), nullptr);
  EXPECT_EQ(records.find("/k/a.ko")->state, ModuleState::doubtful);
}

TEST_F(RecordsTest, FailedPatchWriteClearsPristineHash) {
  Records records(open());
  const Database other = lock();
  records.put_with_patch(sample_record(), to_bytes("patch"));
  const ModuleRecord* record = records.find(sample_record().ko);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->rest, sample_record().rest);
  EXPECT_FALSE(record->pristine.is_known());
}

TEST_F(RecordsTest, ForgetsOnlyOldRecordsOfMissingFiles) {
  Records records(open());
  ModuleRecord there = sample_record(dir.file("there.ko", ""));
  ModuleRecord gone = sample_record("/gone/old.ko");
  ModuleRecord fresh = sample_record("/gone/fresh.ko");
  there.at = gone.at = "2026-01-01T00:00:00Z";
  fresh.at = "2026-02-01T00:00:00Z";
  for (const auto& record : {there, gone, fresh})
    records.put(record);
  records.forget_missing("2026-01-15T00:00:00Z");
  EXPECT_NE(records.find(there.ko), nullptr);
  EXPECT_EQ(records.find(gone.ko), nullptr);
  EXPECT_NE(records.find(fresh.ko), nullptr);
}

} // namespace
} // namespace kbtf::test
