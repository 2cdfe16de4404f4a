// SPDX-License-Identifier: GPL-2.0-only
#include "client/stop_daemon.hpp"

#include "client/connection.hpp"
#include "proto/endpoint.hpp"
#include "util/lock_file.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kbtf {
namespace {

// A daemon that was told to stop exits after the current job.
constexpr int k_polite_ms = 10'000;
constexpr int k_patience_ms = 3'000;

std::string named(pid_t pid) {
  return "kbtfd (pid " + std::to_string(pid) + ")";
}

Fd process_handle(pid_t pid) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// Waits until the process has exited: `kbtf stop && rm -r STATE` must be safe. Polling its socket
// is not enough: it closes before the state does, and systemd would start the next daemon.
bool has_ended(const Fd& process, int limit_ms) {
  pollfd ended{process.get(), POLLIN, 0};
  int n = 0;
  do {
    n = ::poll(&ended, 1, limit_ms);
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

// Excludes another kbtfd whose pid comes from a stale text or another pid namespace.
bool has_open(pid_t pid, const std::string& path) {
  std::error_code error;
  const auto fds = "/proc/" + std::to_string(pid) + "/fd";
  for (std::filesystem::directory_iterator it(fds, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code closed;
    if (std::filesystem::equivalent(it->path(), path, closed))
      return true;
  }
  return false;
}

struct Process {
  pid_t pid;
  Fd handle;
};

// Who holds the lock. Errors: not_found (nobody), refused (an unknown process).
Expected<Process> find_holder() {
  const std::string path = lock_path();
  const auto before = lock_holder(path);
  if (!before)
    return before.forward_error();
  if (!*before)
    return unexpected(ErrorKind::not_found, "kbtfd is not running");
  const pid_t pid = (*before)->pid;
  if (pid == 0)
    return unexpected(ErrorKind::refused, path + ": held by a process that did not record its pid");
  Process holder{pid, process_handle(pid)};
  const bool is_kbtfd = is_named_kbtfd(pid) && has_open(pid, path);
  const auto now = lock_holder(path);
  if (now && !*now)
    return unexpected(ErrorKind::not_found, "kbtfd is not running");
  if (!holder.handle || !is_kbtfd || !now || (*now)->pid != pid)
    return unexpected(ErrorKind::refused, path + ": held by process " + std::to_string(pid) +
                                              ", which is not the kbtfd of this directory");
  return holder;
}

// Older daemons do not record their pid; and somebody may have removed the lock file.
Expected<Process> find_listener() {
  auto pid = find_daemon();
  if (!pid)
    return pid.forward_error();
  Process listener{*pid, process_handle(*pid)};
  const auto again = find_daemon();
  if (!listener.handle || !again || *again != *pid)
    return unexpected(ErrorKind::refused, named(*pid) + " cannot be signalled");
  return listener;
}

Expected<std::string> end_by_signal(const Process& process, const std::string& why) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    if (::syscall(SYS_pidfd_send_signal, process.handle.get(), signal, nullptr, 0) != 0 &&
        errno != ESRCH)
      return unexpected(errno_error(named(process.pid) + " cannot be signalled"));
    if (has_ended(process.handle, k_patience_ms))
      return named(process.pid) + " killed by " + (signal == SIGTERM ? "SIGTERM" : "SIGKILL") +
             ": " + why;
  }
  return unexpected(ErrorKind::io, named(process.pid) + " does not exit");
}

} // namespace

Expected<std::string> stop_daemon() {
  auto connection = Connection::open();
  auto stopped =
      connection ? connection->ask(StopRequest{}) : Expected<StopReply>(connection.forward_error());
  Error why = stopped ? Error{ErrorKind::io, "it did not exit when told to stop"} : stopped.error();
  if (stopped) {
    const auto pid = static_cast<pid_t>(stopped->pid);
    const Fd process = process_handle(pid);
    if (!process || has_ended(process, k_polite_ms))
      return named(pid) + " stopped";
  }
  const auto holder = find_holder();
  if (holder)
    return end_by_signal(*holder, why.text);
  if (const auto listener = find_listener())
    return end_by_signal(*listener, why.text);
  if (holder.error().kind != ErrorKind::not_found)
    return holder.forward_error();
  if (why.kind != ErrorKind::refused)
    return unexpected(std::move(why)); // something else listens there
  return holder.error().text;
}

} // namespace kbtf
