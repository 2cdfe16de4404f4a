// SPDX-License-Identifier: GPL-2.0-only
// Times calls of a command, process start included, and prints the median in microseconds:
// kbtf_client_call COUNT COMMAND [ARGUMENT...]. What the command prints is thrown away.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;

// Microseconds; -1 if the command cannot be started or fails.
double time_call(char** argv, const posix_spawn_file_actions_t& actions) {
  pid_t pid = 0;
  int status = 0;
  const auto began = Clock::now();
  if (::posix_spawnp(&pid, argv[0], &actions, nullptr, argv, environ) != 0 ||
      ::waitpid(pid, &status, 0) != pid || status != 0)
    return -1;
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count();
}

} // namespace

int main(int argc, char** argv) {
  const int count = argc > 2 ? std::atoi(argv[1]) : 0;
  if (count <= 0) {
    std::cerr << "usage: kbtf_client_call COUNT COMMAND [ARGUMENT...]\n";
    return 2;
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  std::vector<double> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(time_call(argv + 2, actions));
    if (all.back() < 0) {
      std::cerr << "kbtf_client_call: " << argv[2] << " failed\n";
      return 1;
    }
  }
  std::ranges::nth_element(all, all.begin() + count / 2);
  std::cout << static_cast<long>(all[static_cast<std::size_t>(count) / 2]) << '\n';
  return 0;
}
