// SPDX-License-Identifier: GPL-2.0-only
// With two steps on one module at once neither is believed, the one that ends first as little as
// the other; the next one is.
#include "daemon/server/open_steps.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

TEST(OpenSteps, SingleStepIsAlone) {
  OpenSteps steps;
  EXPECT_FALSE(steps.is_alone("/a.ko"));
  steps.open("/a.ko");
  steps.open("/b.ko");
  EXPECT_TRUE(steps.is_alone("/a.ko"));
  EXPECT_TRUE(steps.close("/a.ko"));
  EXPECT_FALSE(steps.has("/a.ko"));
  EXPECT_TRUE(steps.has("/b.ko"));
}

TEST(OpenSteps, OverlappingStepsAreNotAlone) {
  OpenSteps steps;
  steps.open("/a.ko");
  steps.open("/a.ko");
  EXPECT_FALSE(steps.close("/a.ko"));
  EXPECT_TRUE(steps.has("/a.ko"));
  steps.open("/a.ko");
  EXPECT_FALSE(steps.close("/a.ko"));
  EXPECT_FALSE(steps.close("/a.ko"));
  EXPECT_FALSE(steps.has("/a.ko"));
  steps.open("/a.ko");
  EXPECT_TRUE(steps.close("/a.ko"));
}

TEST(OpenSteps, ClosingUnknownStepReturnsFalse) {
  OpenSteps steps;
  EXPECT_FALSE(steps.close("/a.ko"));
  EXPECT_FALSE(steps.has("/a.ko"));
}

} // namespace
} // namespace kbtf::test
