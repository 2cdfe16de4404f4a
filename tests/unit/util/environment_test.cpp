// SPDX-License-Identifier: GPL-2.0-only
// A variable that is not set reads like an empty one.
#include "util/environment.hpp"

#include "tests/unit/scoped_env.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

TEST(Environment, UnsetIsEmpty) {
  ScopedEnv scoped;
  scoped.set("KBTF_TEST_SET", "a value");
  scoped.set("KBTF_TEST_EMPTY", "");
  EXPECT_EQ(env("KBTF_TEST_SET"), "a value");
  EXPECT_EQ(env("KBTF_TEST_EMPTY"), "");
  EXPECT_EQ(env("KBTF_TEST_NEVER_SET"), "");
}

} // namespace
} // namespace kbtf::test
