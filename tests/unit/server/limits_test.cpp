// SPDX-License-Identifier: GPL-2.0-only
// Limits that the daemon inherits: raised as far as they may be, checked, and what a pool does that
// cannot have all its threads. Each in a child: limits of a process cannot be raised again.
#include "daemon/server/limits.hpp"
#include "daemon/server/thread_pool.hpp"

#include "tests/unit/expect.hpp"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace kbtf::test {
namespace {

constexpr rlim_t k_mib = rlim_t{1} << 20;

template <typename Check> bool holds_in_child(Check check) {
  const pid_t pid = ::fork();
  if (pid == 0)
    ::_exit(check() ? 0 : 1);
  int status = -1;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

rlim_t soft(__rlimit_resource resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit.rlim_cur;
}

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  ::setrlimit(resource, &both);
}

// The error's text that names the limit and both values, or "" if all are enough.
std::string complaint(unsigned threads) {
  const auto checked = check_limits(threads);
  return checked ? std::string() : checked.error().text;
}

TEST(Limits, RaisesSoftLimitsToHardLimits) {
  EXPECT_TRUE(holds_in_child([] {
    limit(RLIMIT_FSIZE, 4096, 600 * k_mib);
    limit(RLIMIT_CPU, 100, 4000);
    limit(RLIMIT_NOFILE, 20, 300);
    limit(RLIMIT_STACK, k_mib / 2, 4 * k_mib);
    if (complaint(1).empty())
      return false;
    raise_limits();
    return soft(RLIMIT_FSIZE) == 600 * k_mib && soft(RLIMIT_CPU) == 4000 &&
           soft(RLIMIT_NOFILE) == 300 && soft(RLIMIT_STACK) == 4 * k_mib &&
           ::signal(SIGXFSZ, SIG_DFL) == SIG_IGN;
  }));
}

// Programs lay out their memory in another way when it is unlimited; and a large one is no mistake.
TEST(Limits, RaisesStackOnlyToUsualDefault) {
  EXPECT_TRUE(holds_in_child([] {
    limit(RLIMIT_STACK, 64 * 1024, RLIM_INFINITY);
    raise_limits();
    if (soft(RLIMIT_STACK) != 8 * k_mib)
      return false;
    limit(RLIMIT_STACK, 64 * k_mib, RLIM_INFINITY);
    raise_limits();
    return soft(RLIMIT_STACK) == 64 * k_mib;
  }));
}

TEST(Limits, ThreadStacksHaveFixedSize) {
  EXPECT_TRUE(holds_in_child([] {
    raise_limits();
    pthread_attr_t attributes;
    std::size_t size = 0;
    return ::pthread_getattr_default_np(&attributes) == 0 &&
           ::pthread_attr_getstacksize(&attributes, &size) == 0 && size == 8 * k_mib;
  }));
}

TEST(Limits, ErrorNamesLowLimitAndBothValues) {
  const std::vector<std::tuple<__rlimit_resource, rlim_t, std::string>> cases{
      {RLIMIT_DATA, 20'000 * 1024, "ulimit -d 20000 (data size, KiB) is too low"},
      {RLIMIT_AS, 300'000 * 1024, "ulimit -v 300000 (address space, KiB) is too low"},
      {RLIMIT_FSIZE, 20 * 1024, "ulimit -f 20 (file size, KiB) is too low: kbtfd needs 524288"},
      {RLIMIT_NOFILE, 10, "ulimit -n 10 (descriptors) is too low: kbtfd needs 256"},
      {RLIMIT_STACK, 64 * 1024, "ulimit -s 64 (stack, KiB) is too low: kbtfd needs 1024"},
      {RLIMIT_CPU, 60, "ulimit -t 60 (CPU time, s) is too low: kbtfd needs 3600"}};
  for (const auto& [resource, value, text] : cases)
    EXPECT_TRUE(holds_in_child([&] {
      raise_limits();
      if (!complaint(1).empty())
        return true; // the test's own limits are too low: nothing to see
      limit(resource, value, value);
      raise_limits();
      const std::string said = complaint(1);
      return said.starts_with(text) && said.find('\n') == std::string::npos;
    })) << text;
}

TEST(Limits, NeedGrowsWithThreadStacks) {
  EXPECT_TRUE(holds_in_child([] {
    raise_limits();
    if (soft(RLIMIT_DATA) != RLIM_INFINITY)
      return true;
    limit(RLIMIT_DATA, 1100 * k_mib, 1100 * k_mib);
    return complaint(4).empty() && !complaint(64).empty();
  }));
}

TEST(ThreadPool, JoinRunsPostedWork) {
  std::atomic<int> done{0};
  ThreadPool pool(3);
  for (int i = 0; i < 100; ++i)
    boost::asio::post(pool, [&done] { ++done; });
  pool.join();
  EXPECT_EQ(done, 100);
}

// Of 50 threads the kernel lets it have two or so.
TEST(ThreadPool, FailsWithoutHangingWhenThreadCannotStart) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root to become a user with a limit of processes";
  EXPECT_TRUE(holds_in_child([] {
    if (::setuid(static_cast<uid_t>(200'000 + ::getpid())) != 0)
      return false;
    limit(RLIMIT_NPROC, 4, 4);
    ::alarm(60); // ends it, should it hang
    try {
      const ThreadPool pool(50);
    } catch (const std::system_error& error) {
      return in_words(error).find("(ulimit -u 4, ") != std::string::npos;
    }
    return false;
  }));
}

} // namespace
} // namespace kbtf::test
