// SPDX-License-Identifier: GPL-2.0-only
// One daemon per runtime directory, its socket, and what it leaves behind of who started it.
#include "daemon/server/instance.hpp"
#include "daemon/server/listener.hpp"
#include "util/lock_file.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/scoped_env.hpp"
#include "tests/unit/temp_dir.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

// What detaches a process is tried in a child; `check` says whether it worked.
template <typename Check> bool holds_in_child(Check check) {
  const pid_t pid = ::fork();
  if (pid == 0)
    ::_exit(check() ? 0 : 1);
  int status = -1;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

bool can_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST(InstanceLock, HasOneHolder) {
  const TempDir dir;
  auto first = take_lock(dir / "lock");
  ASSERT_TRUE(is_ok(first));
  EXPECT_TRUE(is_error(take_lock(dir / "lock"), ErrorKind::refused, "another kbtfd"));
  first->reset();
  EXPECT_TRUE(is_ok(take_lock(dir / "lock")));
}

TEST(InstanceLock, LeftoverFileDoesNotLock) {
  const TempDir dir;
  EXPECT_TRUE(is_ok(take_lock(dir.file("lock", "12345"))));
}

TEST(InstanceLock, ErrorNamesFile) {
  const TempDir dir;
  EXPECT_TRUE(is_error(take_lock(dir / "none/lock"), ErrorKind::not_found, dir / "none/lock"));
}

TEST(ListenOn, AcceptsConnections) {
  const TempDir dir;
  const auto socket = listen_on(dir / "s");
  ASSERT_TRUE(is_ok(socket));
  EXPECT_TRUE(can_connect(dir / "s"));
}

TEST(ListenOn, ReplacesTheSocketOfADeadDaemon) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(listen_on(dir / "s")));
  ASSERT_FALSE(can_connect(dir / "s"));
  const auto socket = listen_on(dir / "s");
  ASSERT_TRUE(is_ok(socket));
  EXPECT_TRUE(can_connect(dir / "s"));
}

// The runtime directory may be one that is in use for something else, too.
TEST(ListenOn, RefusesToReplaceNonSocket) {
  const TempDir dir;
  const std::string file = dir.file("file", "text");
  EXPECT_TRUE(is_error(listen_on(file), ErrorKind::refused, file));
  EXPECT_EQ(slurp(file), "text");
  std::filesystem::create_directory(dir / "directory");
  EXPECT_TRUE(is_error(listen_on(dir / "directory"), ErrorKind::refused));
  std::filesystem::create_symlink(file, dir / "link");
  EXPECT_TRUE(is_error(listen_on(dir / "link"), ErrorKind::refused));
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "link"));
}

TEST(ListenOn, RefusesTooLongPath) {
  const TempDir dir;
  const std::string path = dir / std::string(sizeof(sockaddr_un::sun_path), 'x');
  EXPECT_TRUE(is_error(listen_on(path), ErrorKind::unsupported, "too long"));
  EXPECT_TRUE(is_error(listen_on(dir / "none/s"), ErrorKind::not_found));
}

TEST(SystemdSocket, NoneWithoutVariables) {
  ScopedEnv env;
  env.unset("LISTEN_FDS");
  env.unset("LISTEN_PID");
  const auto socket = socket_from_systemd();
  ASSERT_TRUE(is_ok(socket));
  EXPECT_FALSE(*socket);
}

TEST(SystemdSocket, NoneIfForAnotherProcess) {
  ScopedEnv env;
  env.set("LISTEN_FDS", "1");
  env.set("LISTEN_PID", "1");
  const auto socket = socket_from_systemd();
  ASSERT_TRUE(is_ok(socket));
  EXPECT_FALSE(*socket);
}

// In a child, which may use descriptor 3 as it likes.
bool passes_in_child(const Fd& given, bool expected) {
  return holds_in_child([&] {
    ::dup2(given.get(), 3);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    const auto socket = socket_from_systemd();
    return expected ? socket && socket->get() == 3 && !std::getenv("LISTEN_FDS")
                    : !socket && socket.error().kind == ErrorKind::unsupported;
  });
}

TEST(SystemdSocket, IsTheFirstDescriptorPassed) {
  const TempDir dir;
  const auto socket = listen_on(dir / "s");
  ASSERT_TRUE(is_ok(socket));
  EXPECT_TRUE(passes_in_child(*socket, true));
}

TEST(SystemdSocket, MustBeAListeningSocket) {
  EXPECT_TRUE(passes_in_child(*open_fd("/dev/null", O_RDWR), false));
  EXPECT_TRUE(passes_in_child(Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), false));
}

TEST(Signals, ResetToExpectedDispositions) {
  EXPECT_TRUE(holds_in_child([] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGPIPE, SIG_DFL);
    reset_signals();
    sigset_t now;
    ::sigprocmask(SIG_SETMASK, nullptr, &now);
    return ::sigisemptyset(&now) != 0 && ::signal(SIGCHLD, SIG_DFL) == SIG_DFL &&
           ::signal(SIGPIPE, SIG_DFL) == SIG_IGN;
  }));
}

TEST(Descriptors, ClosesAllButSocket) {
  EXPECT_TRUE(holds_in_child([] {
    const int low = ::dup(0);
    const Fd kept(::dup(0));
    const int high = ::dup(0);
    close_other_descriptors(kept);
    return !is_open(low) && is_open(kept.get()) && !is_open(high) && is_open(0) && is_open(1) &&
           is_open(2);
  }));
}

TEST(Descriptors, ClosesAllWithoutSocket) {
  EXPECT_TRUE(holds_in_child([] {
    const int one = ::dup(0);
    close_other_descriptors(Fd());
    return !is_open(one) && is_open(0) && is_open(1) && is_open(2);
  }));
}

TEST(Detach, LeavesDirectorySessionAndMakesVariables) {
  ScopedEnv env;
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES", "GNUMAKEFLAGS",
                           "MAKEOVERRIDES", "LD_LIBRARY_PATH"})
    env.set(name, "x");
  EXPECT_TRUE(holds_in_child([] {
    if (!detach(Foreground::no) || !drop_streams())
      return false;
    for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES", "GNUMAKEFLAGS",
                             "MAKEOVERRIDES", "LD_LIBRARY_PATH"})
      if (std::getenv(name))
        return false;
    struct stat null {};
    ::stat("/dev/null", &null);
    for (int stream = 0; stream <= 2; ++stream) {
      struct stat st {};
      if (::fstat(stream, &st) != 0 || st.st_rdev != null.st_rdev)
        return false;
    }
    return std::filesystem::current_path() == "/" && ::getsid(0) == ::getpid() && ::umask(0) == 077;
  }));
}

TEST(Detach, KeepsStreamsAndSessionInTheForeground) {
  EXPECT_TRUE(holds_in_child([] {
    const pid_t session = ::getsid(0);
    struct stat before {};
    ::fstat(1, &before);
    struct stat after {};
    return detach(Foreground::yes) && ::fstat(1, &after) == 0 && before.st_ino == after.st_ino &&
           before.st_dev == after.st_dev && ::getsid(0) == session;
  }));
}

} // namespace
} // namespace kbtf::test
