// SPDX-License-Identifier: GPL-2.0-only
// Marks of self-checks: made, renewed, found, deleted by hand.
#include "daemon/store/distrust.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

const ContentHash k_tools = hash_text("tools");

TEST(Distrust, IsMissingBeforeItIsMarked) {
  const TempDir dir;
  EXPECT_FALSE(find_distrust(dir.path(), k_tools));
  EXPECT_TRUE(all_distrusted(dir.path()).empty());
}

TEST(Distrust, IsFoundByItsTools) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(distrust(dir.path(), k_tools, "a.ko: wrong\nmore\n")));
  const auto found = find_distrust(dir.path(), k_tools);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->what, "a.ko: wrong");
  EXPECT_FALSE(find_distrust(dir.path(), hash_text("other tools")));
  EXPECT_EQ(all_distrusted(dir.path()),
            std::vector<std::string>{distrust_path(dir.path(), k_tools)});
}

TEST(Distrust, StartsAtTimeOfMark) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(distrust(dir.path(), k_tools, "a.ko: wrong\n")));
  const timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 999'999'999}};
  ASSERT_EQ(::utimensat(AT_FDCWD, distrust_path(dir.path(), k_tools).c_str(), times, 0), 0);
  EXPECT_EQ(find_distrust(dir.path(), k_tools)->since, "2001-09-09T01:46:40Z");
  ASSERT_TRUE(is_ok(distrust(dir.path(), k_tools, "b.ko: wrong\n")));
  EXPECT_GT(find_distrust(dir.path(), k_tools)->since, "2026");
  EXPECT_EQ(find_distrust(dir.path(), k_tools)->what, "b.ko: wrong");
}

TEST(Distrust, EndsWhenFileIsDeleted) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(distrust(dir.path(), k_tools, "a.ko: wrong\n")));
  fs::remove(distrust_path(dir.path(), k_tools));
  EXPECT_FALSE(find_distrust(dir.path(), k_tools));
}

// Modules and dumps that a self-check keeps beside the mark are no marks.
TEST(Distrust, DirectoryIsNotAMark) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(distrust(dir.path(), k_tools, "a.ko: wrong\n")));
  fs::create_directory(distrust_path(dir.path(), k_tools) + ".d");
  EXPECT_EQ(all_distrusted(dir.path()).size(), 1U);
}

TEST(Distrust, ErrorNamesFile) {
  const TempDir dir;
  spill(dir / "distrusted", "a file in the way");
  EXPECT_TRUE(is_error(distrust(dir.path(), k_tools, "a.ko: wrong\n"), ErrorKind::refused,
                       dir / "distrusted"));
}

} // namespace
} // namespace kbtf::test
