// SPDX-License-Identifier: GPL-2.0-only
#include "client/spawn_daemon.hpp"

#include "client/locate.hpp"
#include "proto/endpoint.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace kbtf {
namespace {

constexpr int k_ready_tries = 500; // of 10 ms each
constexpr long k_ready_pause_ns = 10'000'000;

// Blocks while another kbtf is starting the daemon: at most as long as that one waits.
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

// False while a daemon that was told to stop still writes its state: it listens no more, but the
// next one would find the lock taken, and give up.
bool is_instance_lock_free() {
  auto fd = open_fd(lock_path(), O_RDONLY);
  return !fd || ::flock(fd->get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

Expected<pid_t> spawn(const std::optional<std::string>& idle_exit) {
  auto program = daemon_path();
  if (!program)
    return program.forward_error();
  std::vector<std::string> words{*program};
  if (idle_exit)
    words.insert(words.end(), {"--idle-exit", *idle_exit});
  std::vector<char*> args;
  for (auto& word : words)
    args.push_back(word.data());
  args.push_back(nullptr);
  // Standard input and output are not the daemon's to hold; its first errors still reach the
  // terminal. Everything else it closes itself.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, args[0], &actions, &attributes, args.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return unexpected(errno_error(*program, failed));
  return pid;
}

} // namespace

Expected<Connection> ensure_daemon(std::optional<std::string> idle_exit) {
  auto connection = Connection::open();
  if (connection || connection.error().kind != ErrorKind::refused)
    return connection;
  auto lock = take_spawn_lock();
  if (!lock)
    return lock.forward_error();
  connection = Connection::open();
  if (connection || connection.error().kind != ErrorKind::refused)
    return connection;
  std::optional<pid_t> pid;
  for (int i = 0; i < k_ready_tries; ++i) {
    connection = Connection::open();
    if (connection || connection.error().kind != ErrorKind::refused)
      return connection;
    int status = 0;
    if (!pid && is_instance_lock_free()) {
      auto spawned = spawn(idle_exit);
      if (!spawned)
        return spawned.forward_error();
      pid = *spawned;
    } else if (pid && ::waitpid(*pid, &status, WNOHANG) == *pid) {
      return unexpected(ErrorKind::refused, "kbtfd did not start");
    }
    const timespec pause{0, k_ready_pause_ns};
    ::nanosleep(&pause, nullptr);
  }
  return connection;
}

} // namespace kbtf
