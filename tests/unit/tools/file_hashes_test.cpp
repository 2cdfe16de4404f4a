// SPDX-License-Identifier: GPL-2.0-only
// Hashes remembered by stamp: never an old one for a file that changed, never read twice for one
// that did not.
#include "daemon/tools/file_hashes.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

// A file that nobody has touched for a while: its stamp is old enough to be trusted.
const std::string k_settled = "/proc/self/exe";

class FileHashesTest : public testing::Test {
protected:
  // A reader that counts how often it reads.
  FileHashes::Reader counting(int& count) {
    return [&count](const std::string& path) {
      ++count;
      return hash_file(path);
    };
  }

  TempDir dir;
  FileHashes hashes;
};

TEST_F(FileHashesTest, WholeIsTheHashOfTheBytes) {
  const auto hashed = hashes.whole(dir.file("pahole", "v1"));
  ASSERT_TRUE(is_ok(hashed));
  EXPECT_EQ(hashed->hash, hash_text("v1"));
  EXPECT_EQ(hashed->stamp, *stamp_of(dir / "pahole"));
}

// Within one tick of the clock, without a change of size: the stamp may not even move.
TEST_F(FileHashesTest, NoticesRewritingWithinOneTick) {
  const std::string path = dir.file("pahole", "0000");
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(1000 + i);
    spill(path, text);
    const auto hashed = hashes.whole(path);
    ASSERT_TRUE(is_ok(hashed));
    ASSERT_EQ(hashed->hash, hash_text(text)) << i;
  }
}

TEST_F(FileHashesTest, NoticesReplacementAndRemoval) {
  const std::string path = dir.file("pahole", "v1");
  EXPECT_EQ(hashes.whole(path)->hash, hash_text("v1"));
  fs::rename(dir.file("new", "v2"), path);
  EXPECT_EQ(hashes.whole(path)->hash, hash_text("v2"));
  fs::remove(path);
  EXPECT_TRUE(is_error(hashes.whole(path), ErrorKind::not_found));
}

TEST_F(FileHashesTest, ReadsASettledFileOnce) {
  int count = 0;
  const auto first = hashes.part(k_settled, ".BTF", counting(count));
  const auto second = hashes.part(k_settled, ".BTF", counting(count));
  ASSERT_TRUE(is_ok(first));
  ASSERT_TRUE(is_ok(second));
  EXPECT_EQ(count, 1);
  EXPECT_EQ(second->hash, first->hash);
  EXPECT_EQ(second->stamp, first->stamp);
}

// File times move in ticks; a file of this tick may still get other bytes under the same stamp.
TEST_F(FileHashesTest, ReadsAFileAgainThatHasJustBeenWritten) {
  using Clock = std::chrono::steady_clock;
  for (int tries = 0; tries < 100; ++tries) {
    int count = 0;
    const auto begin = Clock::now();
    const std::string path = dir.file("pahole", "v1");
    (void)hashes.part(path, ".BTF", counting(count));
    (void)hashes.part(path, ".BTF", counting(count));
    if (Clock::now() - begin > std::chrono::milliseconds(30))
      continue; // held up: the stamp may have come of age meanwhile
    EXPECT_EQ(count, 2);
    return;
  }
  GTEST_SKIP() << "the machine is too busy for this test";
}

TEST_F(FileHashesTest, PartsOfAFileAreApart) {
  int count = 0;
  (void)hashes.whole(k_settled);
  (void)hashes.part(k_settled, ".BTF", counting(count));
  (void)hashes.part(k_settled, ".text", counting(count));
  EXPECT_EQ(count, 2);
}

TEST_F(FileHashesTest, DoesNotRememberErrors) {
  const auto fail = [](const std::string& path) -> Expected<StampedHash> {
    return unexpected(ErrorKind::file_moved, path);
  };
  EXPECT_TRUE(is_error(hashes.part(k_settled, ".BTF", fail), ErrorKind::file_moved));
  int count = 0;
  EXPECT_TRUE(is_ok(hashes.part(k_settled, ".BTF", counting(count))));
  EXPECT_EQ(count, 1);
}

// The file was replaced between the look at its stamp and the reading.
TEST_F(FileHashesTest, AHashGoesWithTheStampOfItsReading) {
  const auto of_another_file = [](const std::string&) -> Expected<StampedHash> {
    return StampedHash{FileStamp{1, 2, 3, 4, 5}, hash_text("old")};
  };
  EXPECT_EQ(hashes.part(k_settled, ".BTF", of_another_file)->hash, hash_text("old"));
  int count = 0;
  EXPECT_NE(hashes.part(k_settled, ".BTF", counting(count))->hash, hash_text("old"));
  EXPECT_EQ(count, 1);
}

TEST_F(FileHashesTest, LibrariesAreThoseOfTheProgramAsItIs) {
  const std::string path = dir / "program";
  fs::copy_file("/proc/self/exe", path);
  const auto of_program = hashes.libraries(path, "");
  ASSERT_TRUE(is_ok(of_program));
  EXPECT_FALSE(of_program->empty());
  EXPECT_EQ(*hashes.libraries(path, ""), *of_program);
  spill(path, "#!/bin/sh\n");
  EXPECT_FALSE(hashes.libraries(path, ""));
  fs::remove(path);
  EXPECT_TRUE(is_error(hashes.libraries(path, ""), ErrorKind::not_found));
}

} // namespace
} // namespace kbtf::test
