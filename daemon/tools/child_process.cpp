// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/child_process.hpp"

#include "util/arguments.hpp"
#include "util/fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kbtf {
namespace {

// The largest module, amdgpu, takes pahole 10 s and 2 GB.
constexpr rlim_t k_cpu_seconds = 300;
constexpr rlim_t k_memory = rlim_t{8} << 30;

void bound(pid_t pid, rlim_t max_output) {
  const std::array<std::pair<__rlimit_resource, rlim_t>, 4> bounds{{{RLIMIT_CPU, k_cpu_seconds},
                                                                    {RLIMIT_AS, k_memory},
                                                                    {RLIMIT_FSIZE, max_output},
                                                                    {RLIMIT_CORE, 0}}};
  for (const auto& [what, limit] : bounds) {
    const rlimit both{limit, limit};
    ::prlimit(pid, what, &both, nullptr); // fails if the user's limit is lower, which then stays
  }
}

Expected<pid_t> spawn(const ChildProcess& child) {
  const auto args = pointers_to(child.words);
  const auto environment = pointers_to(child.environment);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (const int fd : {1, 2}) {
    if (child.output < 0)
      ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
    else
      ::posix_spawn_file_actions_adddup2(&actions, child.output, fd);
  }
  if (!child.directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, child.directory.c_str());
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, args[0], &actions, &attributes, args.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return unexpected(errno_error(child.words.front(), failed));
  return pid;
}

int wait_for(pid_t pid, int cancel, std::chrono::milliseconds patience) {
  const Fd child(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (child) {
    std::array<pollfd, 2> ends{{{child.get(), POLLIN, 0}, {cancel, POLLIN, 0}}};
    while (::poll(ends.data(), ends.size(), static_cast<int>(patience.count())) < 0 &&
           errno == EINTR) {
    }
    if (ends[0].revents == 0)
      ::kill(-pid, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

} // namespace

Expected<int> run_child_process(const ChildProcess& child, int cancel) {
  auto pid = spawn(child);
  if (!pid)
    return pid.forward_error();
  bound(*pid, child.max_output);
  return wait_for(*pid, cancel, child.patience);
}

int shell_status(int status) {
  constexpr int k_signal = 128;
  return WIFSIGNALED(status) ? k_signal + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace kbtf
