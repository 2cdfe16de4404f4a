// SPDX-License-Identifier: GPL-2.0-only
// A child's end is told as it was, and signals to the parent reach it.
#include "client/child.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/scoped_env.hpp"
#include "tests/unit/temp_dir.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

Expected<ChildEnd> run_shell(const std::string& text) {
  return run_child({"sh", "-c", text});
}

TEST(Child, ReportsExitStatus) {
  for (const int status : {0, 1, 7, 127, 255}) {
    const auto end = run_shell("exit " + std::to_string(status));
    ASSERT_TRUE(is_ok(end));
    EXPECT_EQ(end->exit_status, status);
    EXPECT_EQ(end->signal, 0);
    EXPECT_EQ(end->shell_status(), status);
    EXPECT_EQ(end->is_success(), status == 0);
  }
}

TEST(Child, ReportsSignal) {
  for (const int number : {SIGTERM, SIGKILL, SIGHUP, SIGINT}) {
    const auto end = run_shell("kill -" + std::to_string(number) + " $$");
    ASSERT_TRUE(is_ok(end));
    EXPECT_EQ(end->signal, number);
    EXPECT_EQ(end->shell_status(), 128 + number);
    EXPECT_FALSE(end->is_success());
  }
}

TEST(Child, FailureToStartIsAnError) {
  const TempDir dir;
  EXPECT_TRUE(is_error(run_child({dir / "none"}), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(run_child({dir.path()}), ErrorKind::io));
}

TEST(Child, IsFoundAlongPathAndSeesTheEnvironment) {
  const TempDir dir;
  ScopedEnv env;
  spill(dir / "tool-of-this-test", "#!/bin/sh\nprintf '%s' \"$WORD-$1\" > \"$OUT\"\n");
  std::filesystem::permissions(dir / "tool-of-this-test", std::filesystem::perms::owner_all);
  env.set("PATH", dir.path() + ":" + std::getenv("PATH"));
  env.set("WORD", "from the parent");
  env.set("OUT", dir / "out");
  const auto end = run_child({"tool-of-this-test", "two words"});
  ASSERT_TRUE(is_ok(end));
  EXPECT_TRUE(end->is_success());
  EXPECT_EQ(slurp(dir / "out"), "from the parent-two words");
}

// make ends its children by SIGTERM to one process; the command must not outlive it. The first
// child sees to it that the handlers are there before the second one asks for a signal.
TEST(Child, SignalsToTheParentArePassedOn) {
  ASSERT_TRUE(is_ok(run_shell("true")));
  for (const char* name : {"TERM", "HUP", "USR1"}) {
    const std::string signal = name;
    const auto end =
        run_shell("trap 'exit 9' " + signal + "; i=0; while [ $i -lt 100000 ]; do kill -" + signal +
                  " $PPID; i=$((i + 1)); done");
    ASSERT_TRUE(is_ok(end));
    EXPECT_EQ(end->exit_status, 9) << name;
  }
}

// They reach the child by the terminal's process group.
TEST(Child, WaitsOutKeyboardSignals) {
  ASSERT_TRUE(is_ok(run_shell("true")));
  const auto end = run_shell("trap 'exit 9' INT QUIT; kill -INT $PPID; kill -QUIT $PPID; exit 4");
  ASSERT_TRUE(is_ok(end));
  EXPECT_EQ(end->exit_status, 4);
}

TEST(ChildDeathTest, ThisProcessEndsLikeTheChild) {
  EXPECT_EXIT(end_like({0, 0}), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end_like({7, 0}), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(end_like({0, SIGTERM}), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(end_like({0, SIGINT}), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(end_like({0, SIGKILL}), testing::KilledBySignal(SIGKILL), "");
}

TEST(Become, ReturnsOnlyAnError) {
  const TempDir dir;
  const Error error = become({dir / "none", "argument"});
  EXPECT_EQ(error.kind, ErrorKind::not_found);
  EXPECT_NE(error.text.find(dir / "none"), std::string::npos) << error.text;
}

} // namespace
} // namespace kbtf::test
