// SPDX-License-Identifier: GPL-2.0-only
// The end of a plan: what make has to do, what the end of the stage writes, which records change.
#include "daemon/stage/plan_outcome.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class PlanOutcomeTest : public testing::Test {
protected:
  PlanOutcomeTest() {
    subject.ko = "/k/a.ko";
    subject.record = ModuleRecord{};
    subject.record->ko = subject.ko;
    subject.record->state = ModuleState::finished;
    subject.record->is_settled = true;
    seen.observed.exists = true;
    seen.observed.is_recorded_file = true;
    seen.observed.can_restore = true;
    seen.is_settled = true;
  }
  PlanOutcome settle(Serve serve, const RenumberResults& results = {}) {
    return settle_plan({subject}, {seen}, {{serve, plain_reason(ReasonCode::base_changed)}},
                       results);
  }
  RenumberResults result(const std::string& why_not, std::int64_t mtime = 0) {
    RenumberedModule made;
    made.why_not = why_not;
    made.stamp.mtime_ns = mtime;
    return {{subject.ko, std::make_shared<const RenumberedModule>(made)}};
  }
  std::optional<ModuleRecord> observed(Serve serve, ReasonCode code) {
    return observed_record(subject, seen, {serve, plain_reason(code)}, key, "now");
  }

  KnownModule subject;
  Seen seen;
  const BuildKey key{hash_text("base"), hash_text("tools"), hash_text("linker")};
};

TEST_F(PlanOutcomeTest, UntouchedIsNoWork) {
  const auto outcome = settle(Serve::untouched);
  EXPECT_TRUE(outcome.work.empty());
  EXPECT_TRUE(outcome.renumber.empty());
}

TEST_F(PlanOutcomeTest, StepAndLinkAreMakes) {
  EXPECT_EQ(settle(Serve::step).work.at(0).decision.serve, Serve::step);
  EXPECT_EQ(settle(Serve::link).work.at(0).decision.serve, Serve::link);
}

TEST_F(PlanOutcomeTest, RenumberedIsWrittenAtTheEnd) {
  const auto outcome = settle(Serve::renumber, result(""));
  EXPECT_TRUE(outcome.work.empty());
  EXPECT_EQ(outcome.renumber.size(), 1U);
}

TEST_F(PlanOutcomeTest, RefusalIsAStepWithItsReason) {
  const auto outcome = settle(Serve::renumber, result("type foo is gone"));
  EXPECT_TRUE(outcome.renumber.empty());
  ASSERT_EQ(outcome.work.size(), 1U);
  EXPECT_EQ(outcome.work[0].decision.serve, Serve::step);
  EXPECT_EQ(outcome.work[0].decision.reason.text,
            "base BTF changed, not renumbered: type foo is gone");
}

TEST_F(PlanOutcomeTest, RefusalWithoutPristineBytesIsALink) {
  seen.observed.can_restore = false;
  EXPECT_EQ(settle(Serve::renumber, result("type foo is gone")).work.at(0).decision.serve,
            Serve::link);
}

TEST_F(PlanOutcomeTest, ResultOfAnotherFileIsNone) {
  for (const auto& results : {result("", 7), result("of the old file", 7), RenumberResults{}}) {
    const auto outcome = settle(Serve::renumber, results);
    EXPECT_TRUE(outcome.renumber.empty());
    ASSERT_EQ(outcome.work.size(), 1U);
    EXPECT_EQ(outcome.work[0].decision.serve, Serve::step);
    EXPECT_EQ(outcome.work[0].decision.reason.text, "base BTF changed");
  }
}

TEST_F(PlanOutcomeTest, RecordStaysAsItIs) {
  EXPECT_FALSE(observed(Serve::untouched, ReasonCode::up_to_date));
  EXPECT_FALSE(observed(Serve::step, ReasonCode::base_changed));
  EXPECT_FALSE(observed(Serve::renumber, ReasonCode::base_changed));
}

TEST_F(PlanOutcomeTest, MovedStampIsRecorded) {
  seen.stamp.mtime_ns = 9;
  for (const Serve serve : {Serve::untouched, Serve::renumber, Serve::step}) {
    const auto record = observed(serve, ReasonCode::base_changed);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->stamp.mtime_ns, 9);
    EXPECT_EQ(record->state, ModuleState::finished);
    EXPECT_EQ(record->key == key, serve == Serve::untouched);
  }
  EXPECT_FALSE(observed(Serve::link, ReasonCode::ko_changed));
}

TEST_F(PlanOutcomeTest, AdoptedIsRecorded) {
  subject.record.reset();
  seen.observed.is_recorded_file = false;
  const auto record = observed(Serve::untouched, ReasonCode::adopted);
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->adopted);
  EXPECT_EQ(record->state, ModuleState::finished);
  EXPECT_TRUE(record->key == key);
  EXPECT_EQ(record->reason_code, "adopted");
  EXPECT_EQ(record->at, "now");
}

TEST_F(PlanOutcomeTest, RefusedIsDoubted) {
  subject.record.reset();
  seen.observed.is_recorded_file = false;
  const auto record = observed(Serve::link, ReasonCode::no_record);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, ModuleState::doubtful);
  EXPECT_EQ(record->reason_code, "no_record");
}

} // namespace
} // namespace kbtf::test
