// SPDX-License-Identifier: GPL-2.0-only
// Where a client finds hook and daemon, by the real program in trees of different shapes.
#include "client/locate.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <array>
#include <cstdio>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

struct Ran {
  int status;
  std::string output;
};

Ran run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

// A tree with the client in it, and whatever else a test puts there.
class Locate : public testing::Test {
protected:
  std::string add(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(dir / name).parent_path());
    spill(dir / name, text);
    fs::permissions(dir / name, fs::perms::owner_all);
    return dir / name;
  }
  std::string add_client(const std::string& name) {
    fs::create_directories(fs::path(dir / name).parent_path());
    fs::copy_file(KBTF_PROGRAM, dir / name);
    return dir / name;
  }

  TempDir dir;
};

TEST_F(Locate, OwnPathIsThisProgram) {
  EXPECT_EQ(own_path(), fs::canonical("/proc/self/exe").string());
}

TEST_F(Locate, HookInAnInstalledTree) {
  const std::string client = add_client("bin/kbtf");
  const std::string hook = add("share/kbtf/kbtf.mk", "");
  const Ran ran = run("MAKEFILES= " + client + " env");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_NE(ran.output.find("export MAKEFILES='" + hook + "'\n"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("export KBTF='" + client + "'\n"), std::string::npos) << ran.output;
}

TEST_F(Locate, HookInABuildTree) {
  const std::string client = add_client("client/kbtf");
  const std::string hook = add("kbuild-hooks/kbtf.mk", "");
  const Ran ran = run("MAKEFILES=other.mk " + client + " env");
  EXPECT_NE(ran.output.find("'" + hook + " other.mk'\n"), std::string::npos) << ran.output;
}

TEST_F(Locate, HookBehindASymlinkToTheClient) {
  const std::string hook = add("share/kbtf/kbtf.mk", "");
  fs::create_directory(dir / "elsewhere");
  fs::create_symlink(add_client("bin/kbtf"), dir / "elsewhere/kbtf");
  const Ran ran = run("MAKEFILES= " + (dir / "elsewhere/kbtf") + " env");
  EXPECT_NE(ran.output.find("'" + hook + "'"), std::string::npos) << ran.output;
}

TEST_F(Locate, ReportsMissingHook) {
  const Ran ran = run(add_client("bin/kbtf") + " env");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.output.find("kbtf.mk is not installed beside"), std::string::npos) << ran.output;
}

TEST_F(Locate, DaemonBesideTheClientOrInTheBuildTree) {
  const std::string client = add_client("bin/kbtf");
  add("daemon/server/kbtfd", "#!/bin/sh\necho build tree\n");
  EXPECT_EQ(run(client + " verify").output, "build tree\n");
  add("bin/kbtfd", "#!/bin/sh\necho installed\n");
  EXPECT_EQ(run(client + " verify").output, "installed\n");
}

TEST_F(Locate, DaemonIsNotLookedForAlongPath) {
  const std::string client = add_client("bin/kbtf");
  add("path/kbtfd", "#!/bin/sh\necho another one\n");
  const Ran ran = run("PATH=" + (dir / "path") + ":$PATH " + client + " verify");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.output.find("kbtfd is not installed beside"), std::string::npos) << ran.output;
}

} // namespace
} // namespace kbtf::test
