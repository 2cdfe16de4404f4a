// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/pahole_call.hpp"

#include "proto/fd.hpp"

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

// Far above what any module needs (amdgpu, the largest: 10 s, 2 GB).
constexpr rlim_t k_cpu_seconds = 300;
constexpr rlim_t k_memory = rlim_t{8} << 30;
constexpr rlim_t k_output = rlim_t{1} << 30;

void bound(pid_t pid) {
  const std::array<std::pair<__rlimit_resource, rlim_t>, 4> bounds{{{RLIMIT_CPU, k_cpu_seconds},
                                                                    {RLIMIT_AS, k_memory},
                                                                    {RLIMIT_FSIZE, k_output},
                                                                    {RLIMIT_CORE, 0}}};
  for (const auto& [what, limit] : bounds) {
    const rlimit both{limit, limit};
    ::prlimit(pid, what, &both, nullptr); // a lower limit of the user's stays: this then fails
  }
}

Expected<pid_t> spawn(const std::vector<std::string>& words, const PaholeCall& call) {
  std::vector<char*> args;
  for (const auto& word : words)
    args.push_back(const_cast<char*>(word.c_str()));
  args.push_back(nullptr);
  std::string path = "PATH=" + call.path;
  std::string library_path = "LD_LIBRARY_PATH=" + call.library_path;
  std::array<char*, 3> environment{path.data(), nullptr, nullptr};
  if (!call.library_path.empty())
    environment[1] = library_path.data();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, args[0], &actions, nullptr, args.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return unexpected(errno_error(words.front(), failed));
  return pid;
}

// Waits for the child's end or for `cancel`, which kills it. The status is waitpid's.
int wait_for(pid_t pid, int cancel) {
  const Fd child(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (child) {
    std::array<pollfd, 2> ends{{{child.get(), POLLIN, 0}, {cancel, POLLIN, 0}}};
    while (::poll(ends.data(), ends.size(), -1) < 0 && errno == EINTR) {
    }
    if (ends[0].revents == 0)
      ::kill(pid, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

} // namespace

Expected<std::vector<std::byte>> run_pahole(const PaholeCall& call, const std::string& file,
                                            const std::string& scratch, int cancel) {
  ::unlink(scratch.c_str());
  auto words = call.words;
  words.push_back("--btf_encode_detached=" + scratch);
  words.push_back(file);
  auto pid = spawn(words, call);
  if (!pid)
    return pid.forward_error();
  bound(*pid);
  const int status = wait_for(*pid, cancel);
  auto text = read_file(scratch, k_output);
  ::unlink(scratch.c_str());
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return unexpected(ErrorKind::timeout, file + ": pahole was ended");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return unexpected(ErrorKind::unsupported, file + ": pahole failed without a base");
  if (!text)
    return unexpected(ErrorKind::unsupported, file + ": pahole wrote no BTF: " + text.error().text);
  const auto bytes = std::as_bytes(std::span(*text));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

} // namespace kbtf
