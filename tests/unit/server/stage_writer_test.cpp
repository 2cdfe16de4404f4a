// SPDX-License-Identifier: GPL-2.0-only
// StageWriter: renumbered bytes get into the files, or the records say that they did not.
#include "daemon/server/stage_writer.hpp"

#include "util/old_time.hpp"

#include "tests/unit/server/grounded.hpp"

#include <optional>

namespace kbtf::test {
namespace {

class StageWriterTest : public Grounded {
protected:
  StageWriterTest() {
    now.link = {dir.path(), "a.ko", "ld -r -o a.ko a.o"};
    spill(dir / "a.o", "object");
    static_cast<void>(set_old_time(dir / "a.o"));
    ko = finished("a.ko");
    ModuleRecord record = record_of(ko, now.facts->key());
    record.key.base = hash_text("old base");
    ground.records.put(record);
    // The split's BTF with another last byte, which is the end of its strings' last one.
    auto sections = *read_module_sections(ko);
    const ByteRange range = sections.numbered().front();
    made.why_not.clear();
    made.stamp = record.stamp;
    made.parts = {{range.offset, to_bytes(slurp(ko).substr(range.offset, range.size - 2) + "x" +
                                          std::string(1, '\0'))}};
    made.profile = {ko, {now.facts->base.hash, hash_text("new btf")}, to_bytes("profile")};
  }
  StageWriter::Written write() {
    now.renumber[ko] = std::make_shared<const RenumberedModule>(made);
    std::optional<StageWriter::Written> written;
    writer.write(
        now, [] { return true; }, [&written](StageWriter::Written w) { written = std::move(w); });
    run_until([&written] { return written.has_value(); });
    return *written;
  }
  const ModuleRecord& record() { return *ground.records.find(ko); }

  TreeTable trees{ground.records};
  ProfileQueue profiles{ground, trees};
  StepTracker steps{ground, [](const ModuleRecord&) {}};
  StageWriter writer{ground, steps, profiles};
  Stage now = stage("1", {"a.ko"});
  RenumberedModule made;
  std::string ko;
};

TEST_F(StageWriterTest, WritesAndRecords) {
  const std::string before = slurp(ko);
  const auto written = write();
  EXPECT_EQ(written.again, "");
  EXPECT_EQ(written.renumbered, std::vector<std::string>{"a.ko"});
  EXPECT_NE(slurp(ko), before);
  EXPECT_EQ(record().state, ModuleState::finished);
  EXPECT_TRUE(record().key == now.facts->key());
  EXPECT_TRUE(record().stamp == *stamp_of(ko));
  EXPECT_EQ(record().btf, hash_text("new btf"));
  run_until_done();
  EXPECT_TRUE(ground.records.has_profile(record()));
}

TEST_F(StageWriterTest, NothingPromisedNothingWritten) {
  std::optional<StageWriter::Written> written;
  writer.write(
      now, [] { return true; }, [&written](StageWriter::Written w) { written = std::move(w); });
  ASSERT_TRUE(written);
  EXPECT_EQ(written->renumbered.size(), 0U);
}

TEST_F(StageWriterTest, ChangedModuleIsDoubted) {
  spill(ko, "somebody else's");
  const auto written = write();
  EXPECT_NE(written.again, "");
  EXPECT_EQ(slurp(ko), "somebody else's");
  EXPECT_EQ(record().state, ModuleState::doubtful);
}

TEST_F(StageWriterTest, NewerObjectIsDoubted) {
  const Fd object = *open_fd(dir / "a.o", 0);
  static_cast<void>(set_present_time(object, "a.o"));
  const auto written = write();
  EXPECT_NE(written.again.find("changed while modules were built"), std::string::npos);
  EXPECT_TRUE(has_old_time(ko));
  EXPECT_EQ(record().state, ModuleState::doubtful);
}

TEST_F(StageWriterTest, ChangedBaseWritesNothing) {
  const std::string before = slurp(ko);
  spill(dir / "vmlinux", "linked again");
  const auto written = write();
  EXPECT_NE(written.again.find("vmlinux changed"), std::string::npos);
  EXPECT_EQ(slurp(ko), before);
  EXPECT_EQ(record().state, ModuleState::finished);
}

TEST_F(StageWriterTest, ModuleOfAnotherMakeIsLeftToIt) {
  ModuleRecord other = record();
  other.state = ModuleState::writing;
  ground.records.put(other);
  EXPECT_NE(write().again.find("another make"), std::string::npos);
  EXPECT_EQ(record().state, ModuleState::writing);
}

TEST_F(StageWriterTest, WhatAnotherStageHasDoneIsDone) {
  ModuleRecord other = record();
  other.key = now.facts->key();
  ground.records.put(other);
  const auto written = write();
  EXPECT_EQ(written.again, "");
  EXPECT_EQ(written.renumbered.size(), 0U);
}

} // namespace
} // namespace kbtf::test
