// SPDX-License-Identifier: GPL-2.0-only
// OpenWork: a forgotten token ends its work, whoever forgets it, and nobody hears of it twice.
#include "daemon/server/open_work.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <thread>
#include <vector>

namespace kbtf::test {
namespace {

class OpenWorkTest : public testing::Test {
protected:
  std::vector<OpenWork::Change> changes;
  std::optional<OpenWork> work{std::in_place, [this](OpenWork::Change c) { changes.push_back(c); }};
};

using Changes = std::vector<OpenWork::Change>;

TEST_F(OpenWorkTest, SaysFirstAndLast) {
  {
    const WorkToken first = work->begin();
    const WorkToken second = work->begin();
    EXPECT_EQ(work->count(), 2U);
    EXPECT_EQ(changes, Changes{OpenWork::Change::begun});
  }
  EXPECT_EQ(work->count(), 0U);
  EXPECT_EQ(changes, (Changes{OpenWork::Change::begun, OpenWork::Change::ended}));
}

TEST_F(OpenWorkTest, MovedTokenCountsOnce) {
  WorkToken first = work->begin();
  WorkToken second = std::move(first);
  EXPECT_EQ(work->count(), 1U);
  second = WorkToken();
  EXPECT_EQ(work->count(), 0U);
  second.end();
  EXPECT_EQ(changes.size(), 2U);
}

TEST_F(OpenWorkTest, AssignedTokenEndsWhatItHeld) {
  WorkToken token = work->begin();
  token = work->begin();
  EXPECT_EQ(work->count(), 1U);
}

TEST_F(OpenWorkTest, LastCopyOfSharedTokenEnds) {
  auto first = work->begin_shared();
  auto second = first;
  first.reset();
  EXPECT_EQ(work->count(), 1U);
  second.reset();
  EXPECT_EQ(work->count(), 0U);
}

TEST_F(OpenWorkTest, TokenOutlivesItsCount) {
  WorkToken token = work->begin();
  work.reset();
  token.end();
  EXPECT_EQ(changes, Changes{OpenWork::Change::begun});
}

TEST_F(OpenWorkTest, CountsOfAllThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int j = 0; j < 1000; ++j)
        const WorkToken token = work->begin();
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(work->count(), 0U);
  ASSERT_FALSE(changes.empty());
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_EQ(changes[i], i % 2 == 0 ? OpenWork::Change::begun : OpenWork::Change::ended);
}

} // namespace
} // namespace kbtf::test
