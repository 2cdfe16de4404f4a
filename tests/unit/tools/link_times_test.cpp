// SPDX-License-Identifier: GPL-2.0-only
// The newest symbolic link on the way to a file.
#include "daemon/tools/link_times.hpp"

#include "daemon/model/file_stamp.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

TEST(LinkTimes, AreThoseOfEachLinkOnTheWay) {
  const TempDir dir;
  fs::create_directories(dir / "a/b");
  spill(dir / "a/b/f", "x");
  const std::int64_t none = newest_link_ns(dir / "a/b/f"); // of links above the directory
  const std::int64_t before = realtime_ns();
  EXPECT_LT(none, before);
  EXPECT_EQ(newest_link_ns(dir / "a/../a/b/f"), none);
  EXPECT_EQ(newest_link_ns(dir / "gone/f"), none);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fs::create_symlink("a", dir / "to-a");
  const std::int64_t first = newest_link_ns(dir / "to-a/b/f");
  EXPECT_GT(first, before);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fs::create_symlink("../../to-a/b/f", dir / "a/b/to-f");
  const std::int64_t second = newest_link_ns(dir / "a/b/to-f");
  EXPECT_GT(second, first);
  fs::create_symlink(dir / "a/b/to-f", dir / "absolute");
  EXPECT_GE(newest_link_ns(dir / "absolute"), second);
  fs::create_symlink("loop", dir / "loop");
  EXPECT_GT(newest_link_ns(dir / "loop"), 0) << "and it ends";
}

} // namespace
} // namespace kbtf::test
