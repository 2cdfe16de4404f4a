// SPDX-License-Identifier: GPL-2.0-only
// The ways back to a module's pristine bytes: either exactly those, or the .ko as it was.
#include "daemon/store/pristine.hpp"

#include "daemon/model/file_stamp.hpp"
#include "daemon/store/patch.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class Pristine : public testing::Test {
protected:
  Pristine() { EXPECT_TRUE(is_ok(reset_copy_dir(copies))); }

  static std::size_t count(const std::string& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator{}));
  }
  // Whatever the BTF is by then.
  [[nodiscard]] PristinePatch way_back() const {
    const std::string blanked = pristine + std::string(4, '\0');
    return {*make_patch(to_bytes(blanked), to_bytes(pristine)),
            {{pristine.size(), 4}},
            hash_text(pristine)};
  }
  // Restores by patch, and expects a refusal that leaves the .ko alone.
  void expect_refused(ErrorKind kind, const PristinePatch& way) {
    const FileStamp before = *stamp_of(ko);
    EXPECT_TRUE(is_error(restore_from_patch(ko, way, copies), kind));
    EXPECT_EQ(*stamp_of(ko), before);
    EXPECT_EQ(count(copies), 0U);
    EXPECT_EQ(dir.names(), (std::vector<std::string>{"a.ko", "copies"}));
  }

  TempDir dir;
  std::string copies = dir / "copies";
  // No two parts alike, so that a patch has to refer to the finished file.
  static std::string code() {
    std::string text;
    for (unsigned i = 1, x = 1; i < 5'000; ++i)
      text += static_cast<char>((x = x * 1'103'515'245 + 12'345) >> 24);
    return text;
  }
  std::string pristine = code() + "link output";
  std::string finished = pristine + ".BTF";
  std::string ko = dir.file("a.ko", finished);
};

TEST_F(Pristine, CopyLivesAsLongAsItsLastOwner) {
  spill(ko, pristine);
  auto copy = copy_pristine(ko, copies);
  ASSERT_TRUE(is_ok(copy));
  EXPECT_EQ((*copy)->hash(), hash_text(pristine));
  const std::string path = (*copy)->path();
  EXPECT_EQ(slurp(path), pristine);
  PristineCopyPtr other = *copy;
  copy = PristineCopyPtr();
  EXPECT_TRUE(fs::exists(path));
  other.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Pristine, CopiesOfOneModuleAreSeparate) {
  const auto first = copy_pristine(ko, copies);
  const auto second = copy_pristine(ko, copies);
  EXPECT_EQ(count(copies), 2U);
}

TEST_F(Pristine, FailedCopyLeavesNothing) {
  EXPECT_TRUE(is_error(copy_pristine(dir / "none.ko", copies), ErrorKind::not_found));
  EXPECT_EQ(count(copies), 0U);
  EXPECT_TRUE(is_error(copy_pristine(ko, dir / "none"), ErrorKind::not_found));
}

TEST_F(Pristine, RestoresFromACopy) {
  spill(ko, pristine);
  const auto copy = copy_pristine(ko, copies);
  spill(ko, finished);
  ASSERT_TRUE(is_ok(restore_from_copy(ko, **copy)));
  EXPECT_EQ(slurp(ko), pristine);
}

TEST_F(Pristine, RefusesADamagedOrLostCopy) {
  const auto copy = copy_pristine(ko, copies);
  spill(ko, "anything");
  spill((*copy)->path(), pristine + "!");
  EXPECT_TRUE(is_error(restore_from_copy(ko, **copy), ErrorKind::malformed, "damaged"));
  fs::remove((*copy)->path());
  EXPECT_TRUE(is_error(restore_from_copy(ko, **copy), ErrorKind::not_found));
  EXPECT_EQ(slurp(ko), "anything");
}

TEST_F(Pristine, RestoresFromAPatchAndKeepsACopy) {
  const auto copy = restore_from_patch(ko, way_back(), copies);
  ASSERT_TRUE(is_ok(copy));
  EXPECT_EQ(slurp(ko), pristine);
  ASSERT_NE(*copy, nullptr);
  EXPECT_EQ(slurp((*copy)->path()), pristine);
  EXPECT_EQ((*copy)->hash(), hash_text(pristine));
}

TEST_F(Pristine, RestoresWithoutRoomForACopy) {
  const auto copy = restore_from_patch(ko, way_back(), dir / "none");
  ASSERT_TRUE(is_ok(copy));
  EXPECT_EQ(*copy, nullptr);
  EXPECT_EQ(slurp(ko), pristine);
}

// As with a state directory that is not kbtf's.
TEST_F(Pristine, RestoresWithoutADirectoryForCopies) {
  const auto copy = restore_from_patch(ko, way_back(), "");
  ASSERT_TRUE(is_ok(copy));
  EXPECT_EQ(*copy, nullptr);
  EXPECT_EQ(slurp(ko), pristine);
}

TEST_F(Pristine, RestoresWithAnyCurrentBtf) {
  finished.replace(pristine.size(), 4, "torn");
  spill(ko, finished);
  ASSERT_TRUE(is_ok(restore_from_patch(ko, way_back(), copies)));
  EXPECT_EQ(slurp(ko), pristine);
}

TEST_F(Pristine, RefusesOtherFile) {
  spill(ko, finished + "!");
  expect_refused(ErrorKind::malformed, way_back());
  spill(ko, "q" + finished.substr(1));
  expect_refused(ErrorKind::malformed, way_back());
}

TEST_F(Pristine, RefusesAPatchOfAnotherFile) {
  PristinePatch way = way_back();
  way.patch = *make_patch(to_bytes(finished), to_bytes("other bytes"));
  expect_refused(ErrorKind::malformed, way);
}

TEST_F(Pristine, RefusesADamagedPatch) {
  PristinePatch way = way_back();
  way.patch[way.patch.size() / 2] ^= std::byte{0xff};
  expect_refused(ErrorKind::malformed, way);
  way.patch.clear();
  expect_refused(ErrorKind::malformed, way);
}

TEST_F(Pristine, RefusesAnUnknownHash) {
  PristinePatch way = way_back();
  way.pristine = {};
  expect_refused(ErrorKind::malformed, way);
}

TEST_F(Pristine, CopiesAreRemovedAtStart) {
  const auto copy = copy_pristine(ko, copies);
  spill(copies + "/full", "BTF");
  spill(copies + "/full.ko", "pristine");
  ASSERT_TRUE(is_ok(reset_copy_dir(copies)));
  EXPECT_EQ(count(copies), 0U);
  EXPECT_EQ(fs::status(copies).permissions(), fs::perms::owner_all);
}

TEST_F(Pristine, OnlyCopiesAreRemoved) {
  fs::create_directories(copies + "/8/9");
  fs::create_symlink(ko, copies + "/10");
  for (const char* name : {"notes", "7.txt", "x7", "-7", "full.c"})
    spill(copies + "/" + name, "theirs");
  ASSERT_TRUE(is_ok(reset_copy_dir(copies)));
  EXPECT_EQ(count(copies), 7U);
  EXPECT_TRUE(fs::exists(copies + "/8/9"));
  EXPECT_EQ(slurp(ko), finished);
}

TEST_F(Pristine, CopyDirIsNotMadeBelowAFile) {
  EXPECT_FALSE(reset_copy_dir(ko + "/copies"));
  EXPECT_EQ(slurp(ko), finished);
}

} // namespace
} // namespace kbtf::test
