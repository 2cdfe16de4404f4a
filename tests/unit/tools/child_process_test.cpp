// SPDX-License-Identifier: GPL-2.0-only
// A program run by the daemon's side: its surroundings, its end, and how it is ended.
#include "daemon/tools/child_process.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/fd.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/eventfd.h>

namespace kbtf::test {
namespace {

// Status of a shell script, and what it printed.
std::pair<int, std::string> run_script(const TempDir& dir, const std::string& script,
                                       const std::vector<std::string>& environment = {}) {
  auto out = open_fd(dir / "out", O_RDWR | O_CREAT | O_TRUNC, 0600);
  auto status = run_child_process(
      {{"/bin/sh", "-c", script}, environment, dir.path(), out ? out->get() : -1}, -1);
  return {status ? shell_status(*status) : -1, slurp(dir / "out")};
}

TEST(ChildProcess, InheritsNothingElse) {
  const TempDir dir;
  const auto [status, text] = run_script(dir, "pwd; echo $A; echo ${HOME-none}; cat", {"A=b"});
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text, dir.path() + "\nb\nnone\n");
}

TEST(ChildProcess, ReportsExitStatus) {
  const TempDir dir;
  EXPECT_EQ(run_script(dir, "exit 7").first, 7);
  EXPECT_EQ(run_script(dir, "kill -TERM $$").first, 128 + SIGTERM);
}

// Recipes and tests kill their own process group: that must not be the daemon's.
TEST(ChildProcess, HasAProcessGroupOfItsOwn) {
  const TempDir dir;
  EXPECT_EQ(run_script(dir, "kill -KILL 0").first, 128 + SIGKILL);
}

TEST(ChildProcess, IsKilledWithAllItStartedWhenCancelled) {
  const TempDir dir;
  const Fd cancel(::eventfd(0, EFD_CLOEXEC));
  ASSERT_EQ(::eventfd_write(cancel.get(), 1), 0);
  const auto status = run_child_process(
      {{"/bin/sh", "-c", "read line </dev/zero & wait"}, {}, dir.path(), -1}, cancel.get());
  ASSERT_TRUE(is_ok(status));
  EXPECT_EQ(shell_status(*status), 128 + SIGKILL);
}

TEST(ChildProcess, SaysWhatCannotBeStarted) {
  EXPECT_TRUE(is_error(run_child_process({{"/no/such/program"}, {}, {}, -1}, -1),
                       ErrorKind::not_found, "/no/such/program"));
}

TEST(ChildProcess, IsKilledAtTimeLimit) {
  const TempDir dir;
  ChildProcess child{{"/bin/sh", "-c", "while :; do :; done"}, {}, dir.path(), -1};
  child.patience = std::chrono::milliseconds(50);
  const auto status = run_child_process(child, -1);
  ASSERT_TRUE(is_ok(status));
  EXPECT_EQ(shell_status(*status), 128 + SIGKILL);
}

TEST(ChildProcess, IsKilledAtOutputLimit) {
  const TempDir dir;
  const auto out = open_fd(dir / "out", O_RDWR | O_CREAT, 0600);
  ASSERT_TRUE(is_ok(out));
  ChildProcess child{{"/bin/sh", "-c", "while echo 0123456789; do :; done"}, {}, "", out->get()};
  child.max_output = 4096;
  const auto status = run_child_process(child, -1);
  ASSERT_TRUE(is_ok(status));
  EXPECT_NE(*status, 0); // else it would go on for ever
}

} // namespace
} // namespace kbtf::test
