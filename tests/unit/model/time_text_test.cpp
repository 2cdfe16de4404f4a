// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/time_text.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

TEST(Rfc3339, IsUtcInWholeSeconds) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1'000'000'000), "2001-09-09T01:46:40Z");
}

TEST(NowRfc3339, ComparesAsTimesDo) {
  EXPECT_LT(now_rfc3339(std::chrono::hours{1}), now_rfc3339());
}

} // namespace
} // namespace kbtf::test
