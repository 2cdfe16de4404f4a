// SPDX-License-Identifier: GPL-2.0-only
// What is known of a file goes with its stamp, and what is asked for least goes first.
#include "daemon/tools/stamp_cache.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

const FileStamp k_old{1, 1, 1, 1, 1};
const FileStamp k_new{1, 1, 1, 1, 2};

TEST(StampCache, KnowsAFileByItsStamp) {
  StampCache<int> cache(9);
  EXPECT_EQ(cache.find("a", k_old), nullptr);
  cache.put("a", k_old, 1);
  ASSERT_NE(cache.find("a", k_old), nullptr);
  EXPECT_EQ(*cache.find("a", k_old), 1);
  EXPECT_EQ(cache.find("a", k_new), nullptr);
  EXPECT_EQ(cache.find("b", k_old), nullptr);
  cache.put("a", k_new, 2);
  EXPECT_EQ(*cache.find("a", k_new), 2);
  EXPECT_EQ(cache.find("a", k_old), nullptr);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(StampCache, DropsLeastRecentlyUsed) {
  StampCache<int> cache(2);
  cache.put("a", k_old, 1);
  cache.put("b", k_old, 2);
  EXPECT_NE(cache.find("a", k_old), nullptr);
  cache.put("c", k_old, 3);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_NE(cache.find("a", k_old), nullptr);
  EXPECT_EQ(cache.find("b", k_old), nullptr);
  EXPECT_NE(cache.find("c", k_old), nullptr);
}

} // namespace
} // namespace kbtf::test
