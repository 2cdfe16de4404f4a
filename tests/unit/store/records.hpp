// SPDX-License-Identifier: GPL-2.0-only
// Test helper: module records in which every field has a value of its own.
#pragma once

#include "daemon/model/module_record.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <string>

namespace kbtf::test {

inline ModuleRecord sample_record(const std::string& ko = "/k/net/a.ko") {
  ModuleRecord r;
  r.ko = ko;
  r.state = ModuleState::finished;
  // Device numbers and inodes use all 64 bits; times before 1970 are negative.
  r.stamp = {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63, 3, -4, 5};
  r.is_settled = true;
  r.key = {{10, 11}, {12, 13}, {22, 23}};
  r.pristine = {14, 15};
  r.rest = {16, 17};
  r.btf = {18, 19};
  r.link = {20, 21};
  r.inputs = {24, 25};
  r.adopted = true;
  r.reason_code = "base_changed";
  r.reason = "base BTF changed";
  r.at = "2026-01-02T03:04:05Z";
  return r;
}

inline void expect_same(const ModuleRecord& a, const ModuleRecord& b) {
  EXPECT_EQ(a.ko, b.ko);
  EXPECT_EQ(a.state, b.state);
  EXPECT_TRUE(a.stamp == b.stamp);
  EXPECT_EQ(a.is_settled, b.is_settled);
  EXPECT_TRUE(a.key == b.key);
  EXPECT_EQ(a.pristine, b.pristine);
  EXPECT_EQ(a.rest, b.rest);
  EXPECT_EQ(a.btf, b.btf);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.link, b.link);
  EXPECT_EQ(a.adopted, b.adopted);
  EXPECT_EQ(a.reason_code, b.reason_code);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.at, b.at);
}

} // namespace kbtf::test
