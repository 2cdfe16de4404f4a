// SPDX-License-Identifier: GPL-2.0-only
// StageTable: which stages are open, which are dropped, and what they leave in the counts.
#include "daemon/server/stage_table.hpp"

#include "tests/unit/expect.hpp"

#include <gtest/gtest.h>
#include <optional>

namespace kbtf::test {
namespace {

class StageTableTest : public testing::Test {
protected:
  static Stage stage(const std::string& id, bool sends_end = true, const std::string& cwd = "/k") {
    Stage made;
    made.id = id;
    made.cwd = cwd;
    made.modules_order = "modules.order";
    made.sends_stage_end = sends_end;
    made.counts.modules = 10;
    return made;
  }
  static std::shared_ptr<const RenumberedModule> bytes() {
    return std::make_shared<const RenumberedModule>();
  }
  bool has_bytes(const std::string& id) {
    return (*stages->find(id))->renumber.at("/k/a.ko") != nullptr;
  }

  Records records{StateDb::in_memory()};
  Totals totals{records};
  std::optional<StageTable> stages{std::in_place, totals};
};

TEST_F(StageTableTest, FindsWhatIsOpen) {
  stages->add(stage("1"));
  ASSERT_TRUE(is_ok(stages->find("1")));
  EXPECT_EQ((*stages->find("1"))->id, "1");
  EXPECT_TRUE(is_error(stages->find("2"), ErrorKind::not_found, "no stage 2"));
}

TEST_F(StageTableTest, NeverGivesAnIdTwice) {
  const std::string first = stages->new_id();
  EXPECT_NE(stages->new_id(), first);
}

TEST_F(StageTableTest, EndCountsWhatWasLeftAlone) {
  stages->add(stage("1"));
  Stage& open = **stages->find("1");
  open.note_step("/k/a.ko");
  open.counts.btf_run = 1;
  open.counts.btf_renumbered = 4;
  EXPECT_EQ(stages->end("1").untouched, 5U);
  EXPECT_FALSE(stages->find("1"));
  EXPECT_TRUE(stages->has_ended("1"));
  EXPECT_EQ(totals.all().modules, 10U);
  EXPECT_EQ(totals.last_stage().untouched, 5U);
}

TEST_F(StageTableTest, EndingTwiceCountsOnce) {
  stages->add(stage("1"));
  stages->end("1");
  EXPECT_EQ(stages->end("1").modules, 0U);
  EXPECT_EQ(totals.all().modules, 10U);
}

TEST_F(StageTableTest, CountsStagesThatNeverEnd) {
  stages->add(stage("1"));
  stages.reset();
  EXPECT_EQ(totals.all().modules, 10U);
}

TEST_F(StageTableTest, StagesThatPromiseNothingGoFirst) {
  stages->add(stage("real"));
  stages->add(stage("dry", false));
  for (int i = 0; i < 15; ++i)
    stages->add(stage(std::to_string(i)));
  EXPECT_TRUE(is_ok(stages->find("real")));
  EXPECT_FALSE(stages->find("dry"));
  stages->add(stage("one more"));
  EXPECT_FALSE(stages->find("real")); // the oldest
}

TEST_F(StageTableTest, NextStageOfSameModulesTakesTheirBytes) {
  const auto made = bytes();
  Stage first = stage("1");
  first.renumber = {{"/k/a.ko", made}, {"/k/b.ko", bytes()}};
  stages->add(std::move(first));
  Stage dry = stage("dry", false);
  stages->add(std::move(dry));
  EXPECT_TRUE(has_bytes("1"));
  Stage second = stage("2");
  second.renumber = {{"/k/a.ko", made}};
  stages->add(std::move(second));
  EXPECT_TRUE(has_bytes("1")); // the same ones
  EXPECT_EQ((*stages->find("1"))->renumber.at("/k/b.ko"), nullptr);
}

TEST_F(StageTableTest, StagesOfOtherTreesKeepTheirBytesForAWhile) {
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    Stage next = stage(id, true, std::string("/") + id);
    next.renumber = {{"/k/a.ko", bytes()}};
    stages->add(std::move(next));
  }
  EXPECT_FALSE(has_bytes("1"));
  EXPECT_TRUE(has_bytes("2"));
  EXPECT_TRUE(has_bytes("5"));
}

} // namespace
} // namespace kbtf::test
