// SPDX-License-Identifier: GPL-2.0-only
#include "client/child.hpp"

#include "util/arguments.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kbtf {
namespace {

// Set before the handlers are installed, and read by them: the only state that a signal handler may
// touch.
volatile pid_t g_child = 0;

void pass_on(int number) {
  if (g_child > 0)
    ::kill(g_child, number);
}

// SIGINT and SIGQUIT from a terminal reach the child through the process group, as with system(3):
// the parent only waits. make sends SIGTERM and SIGHUP to one process: pass them on.
constexpr std::array k_wait = {SIGINT, SIGQUIT};
constexpr std::array k_pass = {SIGTERM, SIGHUP, SIGUSR1};

void install(int number, void (*handler)(int)) {
  struct sigaction old {};
  ::sigaction(number, nullptr, &old);
  if (old.sa_handler == SIG_IGN) // nohup, or a shell's background job: keep ignoring it
    return;
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(number, &action, nullptr);
}

int spawn(const std::vector<char*>& args, const sigset_t& mask, pid_t& pid) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  const int failed = ::posix_spawnp(&pid, args[0], nullptr, &attributes, args.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  return failed;
}

} // namespace

Expected<ChildEnd> run_child(const std::vector<std::string>& argv) {
  const auto args = pointers_to(argv);
  // Block signals until the handlers know the child: a signal in between would kill only this
  // process. The child has the caller's mask and dispositions.
  sigset_t ours;
  sigset_t callers;
  ::sigemptyset(&ours);
  for (const int number : k_pass)
    ::sigaddset(&ours, number);
  for (const int number : k_wait)
    ::sigaddset(&ours, number);
  ::sigprocmask(SIG_BLOCK, &ours, &callers);
  pid_t pid = -1;
  const int failed = spawn(args, callers, pid);
  if (failed != 0) {
    ::sigprocmask(SIG_SETMASK, &callers, nullptr);
    return unexpected(errno_error(argv[0], failed));
  }
  g_child = pid;
  // For the signals to wait out, a handler instead of SIG_IGN: waitpid then sees EINTR and retries.
  for (const int number : k_pass)
    install(number, pass_on);
  for (const int number : k_wait)
    install(number, [](int) {});
  ::sigprocmask(SIG_SETMASK, &callers, nullptr);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return unexpected(errno_error(argv[0]));
  g_child = 0;
  if (WIFSIGNALED(status))
    return ChildEnd{0, WTERMSIG(status)};
  return ChildEnd{WEXITSTATUS(status), 0};
}

Error become(const std::vector<std::string>& argv) {
  const auto args = pointers_to(argv);
  ::execvp(args[0], args.data());
  return errno_error(argv[0]);
}

void end_like(const ChildEnd& end) {
  if (end.signal != 0) {
    const rlimit no_core{0, 0}; // the child has dumped its own core, if any
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(end.signal, SIG_DFL);
    ::raise(end.signal);
  }
  ::_exit(end.shell_status());
}

} // namespace kbtf
