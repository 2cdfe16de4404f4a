// SPDX-License-Identifier: GPL-2.0-only
// Whole files, read and put in place; after every failure the target is as it was.
#include "daemon/store/files.hpp"

#include "tests/unit/during_read.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/size_limit.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/replacing.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

TEST(ReadWhole, GivesBytesAndStamp) {
  const TempDir dir;
  for (const std::size_t size : {0U, 1U, 3'000'000U}) {
    const std::string text(size, 'x');
    const auto file = read_whole(dir.file("a.ko", text));
    ASSERT_TRUE(is_ok(file));
    EXPECT_TRUE(to_text(file->bytes) == text);
    EXPECT_EQ(file->stamp, *stamp_of(dir / "a.ko"));
  }
}

TEST(ReadWhole, RefusesFileChangedMeanwhile) {
  const TempDir dir;
  const std::string path = dir / "a.ko";
  const std::function<void()> changes[] = {
      [&] { std::ofstream(path, std::ios::app) << "6"; },
      [&] { fs::resize_file(path, 3); },
      [&] { fs::resize_file(path, 0); },
  };
  for (const auto& change : changes) {
    spill(path, "12345");
    after_next_read(change);
    EXPECT_TRUE(is_error(read_whole(path), ErrorKind::file_moved, path));
    EXPECT_TRUE(was_read());
  }
}

TEST(ReadWhole, RefusesMissingFileAndDirectory) {
  const TempDir dir;
  EXPECT_TRUE(is_error(read_whole(dir / "none"), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(read_whole(dir.path()), ErrorKind::unsupported));
}

TEST(CopyFile, CopiesAllBytesMode0600) {
  const TempDir dir;
  for (const std::size_t size : {0U, 1U, 3'000'000U}) {
    const std::string text(size, 'x');
    fs::remove(dir / "copy");
    ASSERT_TRUE(is_ok(copy_file(dir.file("a.ko", text), dir / "copy")));
    EXPECT_TRUE(slurp(dir / "copy") == text);
    EXPECT_EQ(fs::status(dir / "copy").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
  }
}

// Files that claim to be empty and belong to a file system that cannot copy by itself.
TEST(CopyFile, CopiesFromOddFileSystems) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(copy_file("/proc/version", dir / "copy")));
  EXPECT_FALSE(slurp("/proc/version").empty());
  EXPECT_EQ(slurp(dir / "copy"), slurp("/proc/version"));
}

TEST(CopyFile, NeverOverwrites) {
  const TempDir dir;
  const std::string old = dir.file("old", "kept");
  EXPECT_TRUE(is_error(copy_file(dir.file("a.ko", "text"), old), ErrorKind::io, old));
  EXPECT_EQ(slurp(old), "kept");
  fs::create_symlink("elsewhere", dir / "link");
  EXPECT_FALSE(copy_file(dir / "a.ko", dir / "link"));
  EXPECT_FALSE(fs::exists(dir / "elsewhere"));
}

TEST(CopyFile, LeavesNothingBehindWhenItFails) {
  const TempDir dir;
  const std::string from = dir.file("a.ko", std::string(100'000, 'x'));
  {
    const SizeLimit limit(50'000);
    EXPECT_TRUE(is_error(copy_file(from, dir / "copy"), ErrorKind::io));
  }
  EXPECT_TRUE(is_error(copy_file(dir / "none", dir / "copy"), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(copy_file(dir.path(), dir / "copy"), ErrorKind::unsupported));
  EXPECT_TRUE(is_error(copy_file(from, dir / "none/copy"), ErrorKind::not_found));
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, PutsBytesInPlace) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old, and longer");
  ASSERT_TRUE(is_ok(replace_file(path, to_bytes("new"), NewTime::present)));
  EXPECT_EQ(slurp(path), "new");
  ASSERT_TRUE(is_ok(replace_file(path, {}, NewTime::present)));
  EXPECT_EQ(slurp(path), "");
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, KeepsThePermissions) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old");
  for (const mode_t mode : {0644U, 0600U, 0755U, 0664U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    ASSERT_TRUE(is_ok(replace_file(path, to_bytes("new"), NewTime::present)));
    EXPECT_EQ(static_cast<mode_t>(fs::status(path).permissions()), mode);
  }
}

TEST(ReplaceFile, BreaksHardLinks) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old");
  fs::create_hard_link(path, dir / "installed.ko");
  ASSERT_TRUE(is_ok(replace_file(path, to_bytes("new"), NewTime::present)));
  EXPECT_EQ(slurp(dir / "installed.ko"), "old");
}

// The order in which a daemon that wakes up late and a client that has given it up must meet.
TEST(ReplaceFile, ChecksWantedAfterWritingTemporary) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "linked meanwhile");
  std::string seen;
  EXPECT_TRUE(is_error(replace_file(path, to_bytes("late"), NewTime::present,
                                    [&] {
                                      seen = slurp(temporary_for(path));
                                      return false;
                                    }),
                       ErrorKind::file_moved, path));
  EXPECT_EQ(seen, "late");
  EXPECT_EQ(slurp(path), "linked meanwhile");
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, FailsIfTemporaryIsRemovedAfterCheck) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "linked meanwhile");
  EXPECT_FALSE(replace_file(path, to_bytes("late"), NewTime::present, [&] {
    fs::remove(temporary_for(path));
    return true;
  }));
  EXPECT_EQ(slurp(path), "linked meanwhile");
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, ReadersKeepTheFileTheyOpened) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old");
  std::ifstream reader(path);
  ASSERT_TRUE(is_ok(replace_file(path, to_bytes("new"), NewTime::present)));
  std::string text;
  reader >> text;
  EXPECT_EQ(text, "old");
}

TEST(ReplaceFile, RemovesLeftoverOfCrash) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old");
  spill(dir / ".a.ko.kbtf", "half of some");
  ASSERT_TRUE(is_ok(replace_file(path, to_bytes("new"), NewTime::present)));
  EXPECT_EQ(slurp(path), "new");
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, LeavesTheOldFileWhenTheDiskIsFull) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old");
  const FileStamp before = *stamp_of(path);
  {
    const SizeLimit limit(10);
    EXPECT_FALSE(replace_file(path, to_bytes(std::string(100, 'x')), NewTime::present));
  }
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(*stamp_of(path), before);
  EXPECT_EQ(dir.names(), Names{"a.ko"});
}

TEST(ReplaceFile, LeavesNothingBehindWhenTheNameIsNotAFile) {
  const TempDir dir;
  fs::create_directories(dir / "dir/full");
  EXPECT_FALSE(replace_file(dir / "dir", to_bytes("new"), NewTime::present));
  EXPECT_EQ(dir.names(), Names{"dir"});
  EXPECT_TRUE(fs::is_directory(dir / "dir/full"));
}

TEST(ReplaceFile, FailsIfFileIsMissing) {
  const TempDir dir;
  EXPECT_TRUE(is_error(replace_file(dir / "none", to_bytes("new"), NewTime::present),
                       ErrorKind::not_found));
  EXPECT_EQ(dir.names(), Names{});
}

} // namespace
} // namespace kbtf::test
