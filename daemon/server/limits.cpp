// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/limits.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <new>
#include <pthread.h>
#include <sys/resource.h>
#include <system_error>

namespace kbtf {
namespace {

constexpr rlim_t k_kib = 1024;
constexpr rlim_t k_mib = 1024 * k_kib;
constexpr rlim_t k_stack = 8 * k_mib; // the usual default; all was tested with it

struct Need {
  __rlimit_resource resource;
  const char* option; // of ulimit
  const char* what;
  rlim_t unit; // of ulimit
  rlim_t least;
  rlim_t per_thread;
};

constexpr std::array<Need, 6> k_needs{{
    {RLIMIT_AS, "-v", "address space, KiB", k_kib, 2048 * k_mib, k_stack},
    {RLIMIT_DATA, "-d", "data size, KiB", k_kib, 1024 * k_mib, k_stack},
    {RLIMIT_FSIZE, "-f", "file size, KiB", k_kib, 512 * k_mib, 0},
    {RLIMIT_NOFILE, "-n", "descriptors", 1, 256, 0},
    {RLIMIT_STACK, "-s", "stack, KiB", k_kib, k_mib, 0},
    {RLIMIT_CPU, "-t", "CPU time, s", 1, 3600, 0},
}};

void raise(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0)
    return;
  const rlim_t wanted = std::min(limit.rlim_max, std::max(limit.rlim_cur, most));
  if (wanted == limit.rlim_cur)
    return;
  limit.rlim_cur = wanted;
  ::setrlimit(resource, &limit);
}

std::string shown(rlim_t value, rlim_t unit) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value / unit);
}

} // namespace

void raise_limits() {
  for (const Need& need : k_needs)
    raise(need.resource, need.resource == RLIMIT_STACK ? k_stack : RLIM_INFINITY);
  raise(RLIMIT_NPROC, RLIM_INFINITY);
  ::signal(SIGXFSZ, SIG_IGN);
  // By default glibc makes stacks as large as RLIMIT_STACK was when the program started.
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0)
    return;
  if (::pthread_attr_setstacksize(&attributes, k_stack) == 0)
    ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

Status check_limits(unsigned threads) {
  for (const Need& need : k_needs) {
    const rlim_t least = need.least + need.per_thread * threads;
    rlimit limit{};
    if (::getrlimit(need.resource, &limit) != 0 || limit.rlim_cur >= least)
      continue;
    return unexpected(ErrorKind::unsupported, std::string("ulimit ") + need.option + " " +
                                                  shown(limit.rlim_cur, need.unit) + " (" +
                                                  need.what + ") is too low: kbtfd needs " +
                                                  shown(least, need.unit));
  }
  return Ok{};
}

std::string in_words(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error))
    return "out of memory";
  const auto* failed = dynamic_cast<const std::system_error*>(&error);
  if (!failed || failed->code() != std::errc::resource_unavailable_try_again)
    return error.what();
  rlimit limit{};
  ::getrlimit(RLIMIT_NPROC, &limit);
  return std::string("cannot start a thread: ") + error.what() + " (ulimit -u " +
         shown(limit.rlim_cur, 1) + ", processes of this user; or a limit of its cgroup)";
}

} // namespace kbtf
