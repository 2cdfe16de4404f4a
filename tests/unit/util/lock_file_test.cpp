// SPDX-License-Identifier: GPL-2.0-only
// The lock that names its holder, and other people's files in its place.
#include "util/lock_file.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class LockFile : public testing::Test {
protected:
  LockHolder holder() {
    const auto found = lock_holder(path);
    EXPECT_TRUE(is_ok(found));
    EXPECT_TRUE(found && *found);
    return found ? found->value_or(LockHolder{}) : LockHolder{};
  }

  TempDir dir;
  std::string path = dir / "lock";
  std::string self = std::to_string(::getpid());
};

TEST_F(LockFile, NamesItsHolder) {
  const auto held = take_lock(path, "of the state in /s");
  ASSERT_TRUE(is_ok(held));
  EXPECT_EQ(holder().pid, ::getpid());
  EXPECT_EQ(holder().note, "of the state in /s");
  EXPECT_TRUE(
      is_error(take_lock(path), ErrorKind::refused, "(pid " + self + " of the state in /s)"));
  EXPECT_EQ(slurp(path), self + " of the state in /s\n");
}

TEST_F(LockFile, HasNoHolderAfterHolderExits) {
  EXPECT_FALSE(*lock_holder(path));
  auto held = take_lock(path);
  ASSERT_TRUE(is_ok(held));
  EXPECT_EQ(holder().note, "");
  held->reset();
  const auto found = lock_holder(path);
  ASSERT_TRUE(is_ok(found));
  EXPECT_FALSE(*found);
  EXPECT_TRUE(fs::exists(path));
}

// A longer text of the last holder's must not shine through.
TEST_F(LockFile, ForgetsTheLastHolder) {
  spill(path, "1234567 with a long story\n");
  const auto held = take_lock(path);
  ASSERT_TRUE(is_ok(held));
  EXPECT_EQ(slurp(path), self + "\n");
}

// An older daemon writes nothing; the disk may be full.
TEST_F(LockFile, HolderPidMayBeInvalid) {
  for (const char* text : {"", "x", "-7", "0", "12x"}) {
    spill(path, text);
    const Fd held = *open_fd(path, O_RDWR);
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    EXPECT_EQ(holder().pid, 0) << text;
  }
}

TEST_F(LockFile, RefusesForeignFile) {
  spill(path, "notes");
  EXPECT_TRUE(is_error(take_lock(path), ErrorKind::unsupported, path));
  EXPECT_EQ(slurp(path), "notes");
  fs::remove(path);
  fs::create_symlink(dir.file("theirs", ""), path);
  EXPECT_FALSE(take_lock(path));
  EXPECT_EQ(slurp(dir / "theirs"), "");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(is_error(take_lock(path), ErrorKind::unsupported, path)); // and does not wait
}

TEST_F(LockFile, OfAnotherUserIsRefused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root to give a file away";
  spill(path, "");
  if (::chown(path.c_str(), 65534, 65534) != 0)
    GTEST_SKIP() << "no other user to give a file to";
  EXPECT_TRUE(is_error(lock_holder(path), ErrorKind::refused, "another user"));
}

} // namespace
} // namespace kbtf::test
