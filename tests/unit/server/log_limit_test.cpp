// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/log_limit.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using std::chrono::seconds;

TEST(LogLimit, LogsFirstThenOncePerIntervalWithCount) {
  LogLimit limit(seconds{60});
  const LogLimit::Clock::time_point start{};
  EXPECT_EQ(limit.count(start), 1U);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(limit.count(start + seconds{59}), 0U);
  EXPECT_EQ(limit.count(start + seconds{60}), 501U);
  EXPECT_EQ(limit.count(start + seconds{119}), 0U);
  EXPECT_EQ(limit.count(start + seconds{1000}), 2U);
  EXPECT_EQ(limit.count(start + seconds{2000}), 1U);
}

} // namespace
} // namespace kbtf::test
