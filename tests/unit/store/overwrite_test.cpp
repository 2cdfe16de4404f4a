// SPDX-License-Identifier: GPL-2.0-only
// Bytes that are written over others: into which files, and what a failure leaves.
#include "daemon/store/overwrite.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/size_limit.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/old_time.hpp"
#include "util/replacing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class OverwriteTest : public testing::Test {
protected:
  OverwriteTarget target(const std::string& path) { return {path, *stamp_of(path), true, {}}; }
  // Two parts, as .BTF_ids and .BTF.
  std::vector<NewBytes> parts() { return {{1, to_bytes("XY")}, {5, to_bytes("Z")}}; }

  TempDir dir;
  std::string ko = dir.file("a.ko", "abcdefgh");
};

TEST_F(OverwriteTest, WritesPartsInPlace) {
  const FileStamp before = *stamp_of(ko);
  const auto done = overwrite(target(ko), parts(), Overwrite::in_place);
  ASSERT_TRUE(is_ok(done));
  EXPECT_EQ(slurp(ko), "aXYdeZgh");
  EXPECT_EQ(done->stamp, *stamp_of(ko));
  EXPECT_EQ(done->stamp.ino, before.ino);
  EXPECT_FALSE(has_old_time(ko));
  EXPECT_GE(done->stamp.mtime_ns, before.mtime_ns);
}

// No tick of the kernel's clock gives the same time again.
TEST_F(OverwriteTest, LeavesUniqueStamp) {
  const auto done = overwrite(target(ko), parts(), Overwrite::in_place);
  ASSERT_TRUE(is_ok(done));
  spill(ko, "aXYdeZg!");
  EXPECT_NE(stamp_of(ko)->mtime_ns, done->stamp.mtime_ns);
  EXPECT_EQ(done->is_settled, done->stamp.mtime_ns % 1'000'000'000 != 0);
}

TEST_F(OverwriteTest, LeavesOtherFilesAlone) {
  const OverwriteTarget old = target(ko);
  spill(ko, "ABCDEFGHI");
  EXPECT_TRUE(is_error(overwrite(old, parts(), Overwrite::in_place), ErrorKind::file_moved, ko));
  EXPECT_TRUE(is_error(overwrite(old, parts(), Overwrite::by_copy), ErrorKind::file_moved, ko));
  EXPECT_EQ(slurp(ko), "ABCDEFGHI");
  EXPECT_FALSE(has_old_time(ko));
}

// Copied up by overlayfs, copied back from a backup: another stamp, the same bytes.
TEST_F(OverwriteTest, ConfirmsContentIfStampDoesNotDecide) {
  for (const bool is_settled : {true, false}) {
    OverwriteTarget asked = target(ko);
    asked.is_settled = is_settled;
    if (is_settled)
      asked.expected.ino ^= 1;
    std::optional<FileStamp> seen;
    asked.confirm = [&seen](const FileStamp& now) {
      seen = now;
      return false;
    };
    EXPECT_TRUE(
        is_error(overwrite(asked, parts(), Overwrite::in_place), ErrorKind::file_moved, ko));
    EXPECT_EQ(seen, *stamp_of(ko));
    EXPECT_EQ(slurp(ko), "abcdefgh");
    asked.confirm = [](const FileStamp&) { return true; };
    EXPECT_TRUE(is_ok(overwrite(asked, parts(), Overwrite::in_place)));
    EXPECT_EQ(slurp(ko), "aXYdeZgh");
    spill(ko, "abcdefgh");
  }
}

TEST_F(OverwriteTest, LeavesLinkTargetAlone) {
  const std::string backup = dir.file("backup.ko", "abcdefgh");
  fs::remove(ko);
  fs::create_symlink(backup, ko);
  const auto done = overwrite(target(ko), parts(), Overwrite::in_place);
  ASSERT_TRUE(is_ok(done));
  EXPECT_EQ(slurp(backup), "abcdefgh");
  EXPECT_EQ(slurp(ko), "aXYdeZgh");
  EXPECT_FALSE(fs::is_symlink(ko));
  EXPECT_EQ(done->stamp, *stamp_of(ko));
}

TEST_F(OverwriteTest, LeavesOtherHardLinksAlone) {
  fs::create_hard_link(ko, dir / "installed.ko");
  ASSERT_TRUE(is_ok(overwrite(target(ko), parts(), Overwrite::in_place)));
  EXPECT_EQ(slurp(dir / "installed.ko"), "abcdefgh");
  EXPECT_EQ(slurp(ko), "aXYdeZgh");
}

TEST_F(OverwriteTest, WritesReadOnlyFiles) {
  ASSERT_EQ(::chmod(ko.c_str(), 0444), 0);
  ASSERT_TRUE(is_ok(overwrite(target(ko), parts(), Overwrite::in_place)));
  EXPECT_EQ(slurp(ko), "aXYdeZgh");
  EXPECT_EQ(static_cast<mode_t>(fs::status(ko).permissions()), mode_t{0444});
}

// A full disk: half of the new bytes are there, and nobody must take the file for finished.
TEST_F(OverwriteTest, LeavesNoUnfinishedFile) {
  const OverwriteTarget known = target(ko);
  {
    const SizeLimit limit(2);
    EXPECT_FALSE(overwrite(known, parts(), Overwrite::in_place));
  }
  EXPECT_EQ(dir.names(), std::vector<std::string>{});
}

TEST_F(OverwriteTest, RemovesLeftoverOfCrash) {
  spill(temporary_for(ko), "half of some");
  ASSERT_TRUE(is_ok(overwrite(target(ko), parts(), Overwrite::in_place)));
  EXPECT_EQ(slurp(ko), "aXYdeZgh");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a.ko"});
}

TEST_F(OverwriteTest, KeepsFileIfCopyFails) {
  const OverwriteTarget known = target(ko);
  {
    const SizeLimit limit(2);
    EXPECT_FALSE(overwrite(known, parts(), Overwrite::by_copy));
  }
  EXPECT_EQ(slurp(ko), "abcdefgh");
  EXPECT_EQ(*stamp_of(ko), known.expected);
}

TEST_F(OverwriteTest, RefusesPartsBeyondTheEnd) {
  for (const std::uint64_t offset : {7U, 8U, 9U})
    EXPECT_TRUE(is_error(
        overwrite(target(ko), std::vector<NewBytes>{{offset, to_bytes("XY")}}, Overwrite::in_place),
        ErrorKind::malformed, ko));
  EXPECT_EQ(slurp(ko), "abcdefgh");
}

TEST_F(OverwriteTest, FailsWithoutFile) {
  const OverwriteTarget gone = target(ko);
  fs::remove(ko);
  EXPECT_TRUE(is_error(overwrite(gone, parts(), Overwrite::in_place), ErrorKind::not_found, ko));
}

} // namespace
} // namespace kbtf::test
