// SPDX-License-Identifier: GPL-2.0-only
// The time stamp that says "do not believe this file".
#include "util/old_time.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

std::time_t mtime_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(::lstat(path.c_str(), &st), 0);
  return st.st_mtime;
}

TEST(OldTime, IsOlderThanAnyBuiltFile) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "bytes");
  EXPECT_FALSE(has_old_time(path));
  ASSERT_TRUE(is_ok(set_old_time(path)));
  EXPECT_TRUE(has_old_time(path));
  EXPECT_EQ(mtime_of(path), k_old_time);
  EXPECT_EQ(slurp(path), "bytes");
}

TEST(OldTime, WriteReplacesIt) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "bytes");
  ASSERT_TRUE(is_ok(set_old_time(path)));
  spill(path, "more bytes");
  EXPECT_FALSE(has_old_time(path));
}

TEST(OldTime, PresentTimeReplacesIt) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "bytes");
  auto file = open_fd(path, O_RDONLY);
  ASSERT_TRUE(is_ok(set_old_time(*file, path)));
  EXPECT_TRUE(has_old_time(path));
  const auto set = set_present_time(*file, path);
  ASSERT_TRUE(is_ok(set));
  EXPECT_FALSE(has_old_time(path));
  EXPECT_EQ(mtime_of(path), *set / 1'000'000'000);
}

TEST(OldTime, LeavesLinksAndTheirTargetsAlone) {
  const TempDir dir;
  const std::string target = dir.file("backup.ko", "bytes");
  const std::time_t before = mtime_of(target);
  std::filesystem::create_symlink(target, dir / "a.ko");
  EXPECT_TRUE(is_error(set_old_time(dir / "a.ko"), ErrorKind::unsupported, "a.ko"));
  EXPECT_EQ(mtime_of(target), before);
  ASSERT_TRUE(is_ok(set_old_time(target)));
  EXPECT_FALSE(has_old_time(dir / "a.ko"));
}

TEST(OldTime, FailsWithoutFile) {
  const TempDir dir;
  EXPECT_TRUE(is_error(set_old_time(dir / "none"), ErrorKind::not_found, "none"));
  EXPECT_FALSE(has_old_time(dir / "none"));
  EXPECT_FALSE(has_old_time(dir.path()));
}

} // namespace
} // namespace kbtf::test
