// SPDX-License-Identifier: GPL-2.0-only
// StepTracker: what the records say before, during and after a BTF step, however it ends.
#include "daemon/server/step_tracker.hpp"

#include "util/old_time.hpp"

#include "tests/unit/server/grounded.hpp"

#include <optional>
#include <sys/socket.h>

namespace kbtf::test {
namespace {

class StepTrackerTest : public Grounded {
protected:
  StepTrackerTest() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    client = Fd(ends[0]);
    mine.peer = others.peer = std::make_shared<Fd>(ends[1]);
  }
  std::string begin_linked(OpenStep& step) {
    std::optional<std::string> why;
    steps.begin_linked(ko, now, {}, step,
                       [&why](const StepTracker::Begun& begun) { why = begun.why_relink; });
    run_until([&why] { return why.has_value(); });
    return *why;
  }
  std::string begin_finished(OpenStep& step) {
    std::optional<std::string> why;
    steps.begin_finished(ko, now, step,
                         [&why](const StepTracker::Begun& begun) { why = begun.why_relink; });
    run_until([&why] { return why.has_value(); });
    return *why;
  }
  void finish(OpenStep& step, bool is_done = true) {
    bool is_recorded = false;
    steps.finish(now, is_done, step, [&is_recorded] { is_recorded = true; });
    run_until([&is_recorded] { return is_recorded; });
  }
  const ModuleRecord& record() { return *ground.records.find(ko); }

  std::vector<std::string> recorded; // by ko: read in the background
  StepTracker steps{ground, [this](const ModuleRecord& r) { recorded.push_back(r.ko); }};
  std::string ko = linked("a.ko");
  Stage now = stage("1", {"a.ko"});
  Fd client;
  OpenStep mine, others;
};

TEST_F(StepTrackerTest, RecordsAStepAndItsWayBack) {
  const std::string pristine = slurp(ko);
  EXPECT_EQ(begin_linked(mine), "");
  EXPECT_EQ(record().state, ModuleState::writing);
  EXPECT_TRUE(steps.is_active(ko));
  EXPECT_TRUE(steps.is_active_in(dir.path()));
  EXPECT_FALSE(steps.is_active_in(dir / "a"));
  EXPECT_EQ(ground.hurry.count(), 1U);
  finished("a.ko");
  finish(mine);
  EXPECT_EQ(mine.ko, "");
  EXPECT_FALSE(steps.has_active());
  EXPECT_EQ(ground.hurry.count(), 0U);
  EXPECT_EQ(record().state, ModuleState::finished);
  EXPECT_TRUE(record().key == now.facts->key());
  EXPECT_NE(steps.patches().copy_of(ko), nullptr);
  run_until_done();
  EXPECT_TRUE(record().pristine.is_known());
  EXPECT_EQ(steps.patches().copy_of(ko), nullptr); // the patch serves
  EXPECT_EQ(recorded, std::vector<std::string>{ko});

  // And back.
  EXPECT_EQ(begin_finished(mine), "");
  EXPECT_EQ(slurp(ko), pristine);
}

TEST_F(StepTrackerTest, FailedStepLeavesDoubt) {
  begin_linked(mine);
  finish(mine, false);
  EXPECT_EQ(record().state, ModuleState::doubtful);
  EXPECT_TRUE(has_old_time(ko));
}

TEST_F(StepTrackerTest, TwoMakesLeaveDoubt) {
  begin_linked(mine);
  begin_linked(others);
  finished("a.ko");
  finish(mine);
  EXPECT_EQ(record().state, ModuleState::doubtful);
  EXPECT_TRUE(steps.is_active(ko)); // the other one's
  finish(others);
  EXPECT_EQ(record().state, ModuleState::doubtful);
  EXPECT_FALSE(steps.is_active(ko));
}

TEST_F(StepTrackerTest, ClientThatDiesLeavesTheMark) {
  begin_linked(mine);
  finished("a.ko");
  steps.abandon(mine);
  EXPECT_FALSE(steps.has_active());
  EXPECT_EQ(ground.hurry.count(), 0U);
  EXPECT_EQ(record().state, ModuleState::writing);
}

TEST_F(StepTrackerTest, OtherBaseAtTheEndLeavesDoubt) {
  begin_linked(mine);
  finished("a.ko");
  ::btf__add_int(base.get(), "new", 4, 0);
  ElfBuilder vmlinux;
  vmlinux.add(".BTF", raw_bytes(base.get()));
  vmlinux.write(dir / "vmlinux");
  finish(mine);
  EXPECT_EQ(record().state, ModuleState::doubtful);
}

TEST_F(StepTrackerTest, WithoutRecordTheModuleIsLinked) {
  finished("a.ko");
  EXPECT_EQ(begin_finished(mine), "no finished record");
  EXPECT_FALSE(steps.is_active(ko));
}

TEST_F(StepTrackerTest, WithoutPatchTheModuleIsLinked) {
  finished("a.ko");
  ground.records.put(record_of(ko, now.facts->key()));
  EXPECT_NE(begin_finished(mine), "");
  EXPECT_EQ(record().state, ModuleState::doubtful);
}

TEST_F(StepTrackerTest, OtherFileThanRecordedIsLinked) {
  begin_linked(mine);
  finished("a.ko");
  finish(mine);
  spill(ko, "somebody else's");
  EXPECT_NE(begin_finished(mine), "");
  EXPECT_EQ(slurp(ko), "somebody else's");
  EXPECT_EQ(record().state, ModuleState::doubtful);
}

} // namespace
} // namespace kbtf::test
