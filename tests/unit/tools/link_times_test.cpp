// SPDX-License-Identifier: GPL-2.0-only
// The newest symbolic link on the way to a file.
#include "daemon/tools/link_times.hpp"

#include "tests/unit/tools/fake_tools.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

// Years from now: newer than any link that is there.
constexpr std::int64_t k_first = 4'000'000'000'000'000'000;
constexpr std::int64_t k_second = k_first + 1'000;

void make_link(const std::string& to, const std::string& path, std::int64_t time_ns) {
  fs::create_symlink(to, path);
  set_link_time(path, time_ns);
}

TEST(LinkTimes, IncludeEachLinkOnPath) {
  const TempDir dir;
  fs::create_directories(dir / "a/b");
  spill(dir / "a/b/f", "x");
  const std::int64_t none = newest_link_ns(dir / "a/b/f"); // of links above the directory
  EXPECT_LT(none, k_first);
  EXPECT_EQ(newest_link_ns(dir / "a/../a/b/f"), none);
  EXPECT_EQ(newest_link_ns(dir / "gone/f"), none);
  make_link("a", dir / "to-a", k_first);
  EXPECT_EQ(newest_link_ns(dir / "to-a/b/f"), k_first);
  make_link("../../to-a/b/f", dir / "a/b/to-f", k_second);
  EXPECT_EQ(newest_link_ns(dir / "a/b/to-f"), k_second);
  fs::create_symlink(dir / "a/b/to-f", dir / "absolute");
  EXPECT_EQ(newest_link_ns(dir / "absolute"), k_second);
  fs::create_symlink("loop", dir / "loop");
  EXPECT_GT(newest_link_ns(dir / "loop"), 0) << "and it ends";
}

} // namespace
} // namespace kbtf::test
