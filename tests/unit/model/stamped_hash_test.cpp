// SPDX-License-Identifier: GPL-2.0-only
// A file's hash with the stamp it belongs to, or no hash at all.
#include "daemon/model/stamped_hash.hpp"

#include "tests/unit/during_read.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

TEST(HashFile, IsTheHashOfTheBytes) {
  const TempDir dir;
  // Below, at and above the size of the pieces that are read.
  for (const std::size_t size : {0U, 1U, 262'143U, 262'144U, 262'145U, 1'000'000U}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      text[i] = static_cast<char>(i * 7 >> 2);
    const auto hashed = hash_file(dir.file("a.ko", text));
    ASSERT_TRUE(is_ok(hashed));
    EXPECT_EQ(hashed->hash, hash_text(text)) << size;
    EXPECT_EQ(hashed->stamp, *stamp_of(dir / "a.ko")) << size;
  }
}

TEST(HashFile, GrowingFileIsRefused) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  after_next_read([&] { std::ofstream(path, std::ios::app) << "6"; });
  EXPECT_TRUE(is_error(hash_file(path), ErrorKind::file_moved, path));
  EXPECT_TRUE(was_read());
}

TEST(HashFile, ShrinkingFileIsRefused) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", std::string(1'000'000, 'x'));
  after_next_read([&] { fs::resize_file(path, 300'000); });
  EXPECT_TRUE(is_error(hash_file(path), ErrorKind::file_moved));
  EXPECT_TRUE(was_read());
}

TEST(HashFile, RewritingWithTheSameSizeIsRefused) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "12345");
  fs::last_write_time(path, fs::file_time_type{}); // so that any write moves it
  after_next_read([&] { spill(path, "54321"); });
  EXPECT_TRUE(is_error(hash_file(path), ErrorKind::file_moved));
  EXPECT_TRUE(was_read());
}

// The open file stays what it was: its hash goes with its own stamp, not with the new file's.
TEST(HashFile, ReplacedFileKeepsItsOwnStamp) {
  const TempDir dir;
  const std::string path = dir.file("a.ko", "old bytes");
  const FileStamp old = *stamp_of(path);
  after_next_read([&] { fs::rename(dir.file("new", "new bytes"), path); });
  const auto hashed = hash_file(path);
  EXPECT_TRUE(was_read());
  if (!hashed) { // losing its name moves a file's ctime
    EXPECT_TRUE(is_error(hashed, ErrorKind::file_moved));
    return;
  }
  EXPECT_EQ(hashed->hash, hash_text("old bytes"));
  EXPECT_EQ(hashed->stamp.ino, old.ino);
}

TEST(HashFile, RefusesMissingFileAndDirectory) {
  const TempDir dir;
  EXPECT_TRUE(is_error(hash_file(dir / "none"), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(hash_file(dir.path()), ErrorKind::unsupported));
}

} // namespace
} // namespace kbtf::test
