// SPDX-License-Identifier: GPL-2.0-only
// The thread for what can wait: order, holding, its class, and how it ends.
#include "daemon/server/idle_worker.hpp"

#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <vector>

namespace kbtf::test {
namespace {

TEST(IdleWorker, RunsJobsInOrderAndReportsIdle) {
  std::vector<int> done;
  std::promise<void> empty;
  IdleWorker worker([&] { empty.set_value(); });
  worker.hold(true); // so that both are queued before the first begins
  worker.add([&] { done.push_back(1); });
  worker.add([&] { done.push_back(2); });
  worker.hold(false);
  empty.get_future().wait();
  EXPECT_EQ(done, (std::vector{1, 2}));
}

TEST(IdleWorker, RunsAsSchedIdle) {
  std::promise<int> policy;
  IdleWorker worker([] {});
  worker.add([&] { policy.set_value(::sched_getscheduler(0)); });
  EXPECT_EQ(policy.get_future().get(), SCHED_IDLE);
}

TEST(IdleWorker, DropsQueuedJobsOnExit) {
  bool is_run = false;
  {
    IdleWorker worker([] {});
    worker.hold(true);
    worker.add([&] { is_run = true; });
  }
  EXPECT_FALSE(is_run);
}

// A job that waits for a program learns from cancel() that it is to give up.
TEST(IdleWorker, CancelsRunningJob) {
  std::promise<void> begun;
  int ready = 0;
  {
    IdleWorker worker([] {});
    worker.add([&] {
      pollfd cancel{worker.cancel(), POLLIN, 0};
      begun.set_value();
      ready = ::poll(&cancel, 1, -1);
    });
    begun.get_future().wait();
  }
  EXPECT_EQ(ready, 1);
}

} // namespace
} // namespace kbtf::test
