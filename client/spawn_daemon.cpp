// SPDX-License-Identifier: GPL-2.0-only
#include "client/spawn_daemon.hpp"

#include "client/locate.hpp"
#include "proto/endpoint.hpp"
#include "util/arguments.hpp"
#include "util/lock_file.hpp"
#include "util/private_dir.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace kbtf {
namespace {

constexpr int k_ready_tries = 500; // of 10 ms each
constexpr long k_ready_pause_ns = 10'000'000;

// Blocks while another kbtf starts the daemon, at most as long as that one waits.
Expected<Fd> take_spawn_lock() {
  if (auto made = make_private_dir(runtime_dir()); !made)
    return made.forward_error();
  auto fd = open_fd(runtime_dir() + "/spawn.lock", O_RDWR | O_CREAT, 0600);
  if (!fd)
    return fd;
  while (::flock(fd->get(), LOCK_EX) != 0)
    if (errno != EINTR)
      return unexpected(errno_error(runtime_dir() + "/spawn.lock"));
  return fd;
}

// False while a daemon that was told to stop still writes its state: it no longer listens, but the
// next daemon would find the lock taken, and give up.
bool is_instance_lock_free() {
  const auto holder = lock_holder(lock_path());
  return !holder || !*holder;
}

// Nobody listens, although we have waited.
Error unreachable() {
  const auto holder = lock_holder(lock_path());
  if (!holder || !*holder)
    return {ErrorKind::refused, "kbtfd did not start in time"};
  return {ErrorKind::refused, lock_path() + ": held by pid " + std::to_string((*holder)->pid) +
                                  ", but nothing listens on kbtfd.sock (run: kbtf stop)"};
}

// The environment without variables that make libc lie for the life of a process. The daemon must
// not think that it is root (fakeroot, pseudo) or somewhere else (fakechroot), use another clock
// (libfaketime), or skip syncs (eatmydata), because the build that happened to start it does. And
// fakeroot's server exits with that build.
std::vector<std::string> honest_environment() {
  constexpr std::array<std::string_view, 7> k_dropped{
      "LD_PRELOAD=", "LD_AUDIT=", "FAKEROOT", "FAKED_", "FAKECHROOT", "FAKETIME", "PSEUDO_"};
  std::vector<std::string> kept;
  for (char** entry = environ; *entry; ++entry)
    if (std::ranges::none_of(k_dropped, [entry](std::string_view name) {
          return std::string_view(*entry).starts_with(name);
        }))
      kept.emplace_back(*entry);
  return kept;
}

struct Spawned {
  pid_t pid;
  Fd errors; // the daemon's messages while it starts; does not block
};

Expected<Spawned> spawn(const std::optional<std::string>& idle_exit) {
  auto program = daemon_path();
  if (!program)
    return program.forward_error();
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return unexpected(errno_error("pipe"));
  Fd errors(ends[0]);
  const Fd daemons_end(ends[1]);
  std::vector<std::string> words{*program};
  if (idle_exit)
    words.insert(words.end(), {"--idle-exit", *idle_exit});
  const auto variables = honest_environment();
  // The daemon must not hold our standard streams. We read what it prints before it serves. It
  // closes everything else itself.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, daemons_end.get(), 2);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, words[0].c_str(), &actions, &attributes,
                                   pointers_to(words).data(), pointers_to(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return unexpected(errno_error(*program, failed));
  return Spawned{pid, std::move(errors)};
}

// One line: how it ended (waitpid(2)), and the first line that it, or the dynamic linker, printed.
Error not_started(int status, const Fd& errors) {
  std::string text = "kbtfd did not start (";
  if (WIFSIGNALED(status))
    text += std::string("killed by signal ") + std::to_string(WTERMSIG(status)) + ", " +
            ::strsignal(WTERMSIG(status));
  else
    text += "status " + std::to_string(WEXITSTATUS(status));
  text += ")";
  std::array<char, 4096> buffer{};
  const ssize_t n = ::read(errors.get(), buffer.data(), buffer.size());
  std::string said(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  said.resize(std::min(said.find('\n'), said.size()));
  constexpr std::string_view k_name = "kbtfd: ";
  if (said.starts_with(k_name))
    said.erase(0, k_name.size());
  return {ErrorKind::refused, said.empty() ? text : text + ": " + said};
}

} // namespace

Expected<Connection> ensure_daemon(const std::optional<std::string>& idle_exit) {
  auto connection = Connection::open();
  if (connection || connection.error().kind != ErrorKind::refused)
    return connection;
  auto lock = take_spawn_lock();
  if (!lock)
    return lock.forward_error();
  connection = Connection::open();
  if (connection || connection.error().kind != ErrorKind::refused)
    return connection;
  std::optional<Spawned> daemon;
  for (int i = 0; i < k_ready_tries; ++i) {
    connection = Connection::open();
    if (connection || connection.error().kind != ErrorKind::refused)
      return connection;
    int status = 0;
    if (!daemon && is_instance_lock_free()) {
      auto spawned = spawn(idle_exit);
      if (!spawned)
        return spawned.forward_error();
      daemon = *std::move(spawned);
    } else if (daemon && ::waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
      return unexpected(not_started(status, daemon->errors));
    }
    const timespec pause{0, k_ready_pause_ns};
    ::nanosleep(&pause, nullptr);
  }
  return unexpected(unreachable());
}

} // namespace kbtf
