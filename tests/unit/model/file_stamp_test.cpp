// SPDX-License-Identifier: GPL-2.0-only
// A stamp moves whenever a file's bytes may have changed.
#include "daemon/model/file_stamp.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

FileStamp stamp(const std::string& path) {
  const auto result = stamp_of(path);
  EXPECT_TRUE(is_ok(result));
  return result ? *result : FileStamp{};
}

void set_mtime(const std::string& path, time_t seconds, long nanoseconds) {
  const timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(FileStamp, UnchangedFileHasSameStamp) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  EXPECT_EQ(stamp(path), stamp(path));
  EXPECT_EQ(stamp(path).size, 5U);
}

TEST(FileStamp, PathAndDescriptorAgree) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  const auto fd = open_fd(path, O_RDONLY);
  ASSERT_TRUE(is_ok(fd));
  const auto by_fd = stamp_of(*fd, path);
  ASSERT_TRUE(is_ok(by_fd));
  EXPECT_EQ(*by_fd, stamp(path));
}

TEST(FileStamp, KeepsNanoseconds) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  set_mtime(path, 1'700'000'000, 123'456'789);
  EXPECT_EQ(stamp(path).mtime_ns, 1'700'000'000'123'456'789);
  set_mtime(path, 1'700'000'000, 123'456'790);
  EXPECT_EQ(stamp(path).mtime_ns, 1'700'000'000'123'456'790);
}

TEST(FileStamp, EveryFieldCounts) {
  const FileStamp stamp{1, 2, 3, 4, 5};
  for (const FileStamp& other :
       {FileStamp{9, 2, 3, 4, 5}, FileStamp{1, 9, 3, 4, 5}, FileStamp{1, 2, 9, 4, 5},
        FileStamp{1, 2, 3, 9, 5}, FileStamp{1, 2, 3, 4, 9}})
    EXPECT_FALSE(stamp == other);
}

TEST(FileStamp, ChangesWithSize) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  const FileStamp before = stamp(path);
  spill(path, "123456");
  EXPECT_FALSE(stamp(path) == before);
}

TEST(FileStamp, ChangesWhenFileIsReplaced) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  const FileStamp before = stamp(path);
  fs::rename(dir.file("b.ko", "12345"), path);
  set_mtime(path, 0, 0);
  FileStamp after = stamp(path);
  EXPECT_NE(after.ino, before.ino);
}

TEST(FileStamp, FollowsSymlinks) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  fs::create_symlink("a.ko", dir / "link.ko");
  EXPECT_EQ(stamp(dir / "link.ko"), stamp(path));
}

TEST(FileStamp, OnlyRegularFilesHaveOne) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(is_error(stamp_of(dir.path()), ErrorKind::unsupported, "not a regular file"));
  EXPECT_TRUE(is_error(stamp_of(dir / "pipe"), ErrorKind::unsupported));
  EXPECT_TRUE(is_error(stamp_of("/dev/null"), ErrorKind::unsupported));
}

TEST(FileStamp, MissingFileHasNone) {
  const TempDir dir;
  EXPECT_TRUE(is_error(stamp_of(dir / "none"), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(stamp_of(dir.file("f", "") + "/below"), ErrorKind::not_found));
  EXPECT_TRUE(is_error(stamp_of(Fd(), "nothing"), ErrorKind::io, "nothing"));
}

TEST(FileStamp, StampIfThereCoversAllFileTypes) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  EXPECT_EQ(stamp_if_there(path), stamp(path));
  EXPECT_TRUE(stamp_if_there(dir.path()));
  const auto before = stamp_if_there(dir.path());
  set_mtime(dir.path(), 1, 0);
  EXPECT_NE(stamp_if_there(dir.path()), before);
  EXPECT_FALSE(stamp_if_there(dir / "none"));
  EXPECT_FALSE(stamp_if_there(path + "/x"));
}

TEST(FileStamp, SettlesAfterClockTick) {
  constexpr std::int64_t k_ms = 1'000'000;
  constexpr std::int64_t k_time = 1'700'000'000'123'456'789;
  const FileStamp fine{1, 2, 3, k_time, k_time};
  EXPECT_FALSE(is_settled(fine, k_time));
  EXPECT_FALSE(is_settled(fine, k_time + 50 * k_ms));
  EXPECT_TRUE(is_settled(fine, k_time + 51 * k_ms));
  EXPECT_FALSE(is_settled(fine, k_time - 1)); // another machine's clock
}

// ext4 with 128-byte inodes, some network file systems: no fractions of a second.
TEST(FileStamp, WholeSecondsSettleLater) {
  constexpr std::int64_t k_second = 1'000'000'000;
  const FileStamp coarse{1, 2, 3, 1'600'000'000 * k_second, 1'700'000'000 * k_second};
  EXPECT_FALSE(is_settled(coarse, coarse.ctime_ns + 2 * k_second));
  EXPECT_TRUE(is_settled(coarse, coarse.ctime_ns + 2 * k_second + 1));
  // Unpacked with an old time, on a file system that has fractions.
  const FileStamp unpacked{1, 2, 3, 1'600'000'000 * k_second, 1'700'000'000 * k_second + 1};
  EXPECT_TRUE(is_settled(unpacked, unpacked.ctime_ns + k_second));
}

} // namespace
} // namespace kbtf::test
