// SPDX-License-Identifier: GPL-2.0-only
// Which directory is found under which environment, and which directories are refused.
#include "proto/endpoint.hpp"
#include "util/private_dir.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/scoped_env.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

const std::string k_uid = std::to_string(::getuid());

class Endpoint : public testing::Test {
protected:
  Endpoint() {
    for (const char* name : {"KBTF_RUNTIME_DIR", "XDG_RUNTIME_DIR", "KBTF_STATE_DIR",
                             "XDG_STATE_HOME", "KBTF_CACHE_DIR", "XDG_CACHE_HOME", "HOME"})
      env.unset(name);
  }

  ScopedEnv env;
  TempDir dir;
};

TEST_F(Endpoint, RuntimeDirWithoutEnvironment) {
  const std::string run = "/run/user/" + k_uid;
  EXPECT_EQ(runtime_dir(), fs::is_directory(run) ? run + "/kbtf" : "/tmp/kbtf-" + k_uid);
}

TEST_F(Endpoint, RuntimeDirPrefersKbtfVariable) {
  env.set("XDG_RUNTIME_DIR", dir.path());
  EXPECT_EQ(runtime_dir(), dir / "kbtf");
  env.set("KBTF_RUNTIME_DIR", "/own");
  EXPECT_EQ(runtime_dir(), "/own");
}

TEST_F(Endpoint, RuntimeDirIgnoresMissingXdgDir) {
  const std::string without = runtime_dir();
  env.set("XDG_RUNTIME_DIR", dir / "none");
  EXPECT_EQ(runtime_dir(), without);
  env.set("XDG_RUNTIME_DIR", dir.file("file", ""));
  EXPECT_EQ(runtime_dir(), without);
}

TEST_F(Endpoint, SocketAndLockLieInTheRuntimeDir) {
  env.set("KBTF_RUNTIME_DIR", "/own");
  EXPECT_EQ(socket_path(), "/own/kbtfd.sock");
  EXPECT_EQ(lock_path(), "/own/kbtfd.lock");
}

TEST_F(Endpoint, StateDirInOrderOfPrecedence) {
  EXPECT_EQ(state_dir(), "/var/tmp/kbtf-" + k_uid);
  env.set("HOME", dir.path());
  EXPECT_EQ(state_dir(), dir / ".local/state/kbtf");
  env.set("XDG_STATE_HOME", "/xdg");
  EXPECT_EQ(state_dir(), "/xdg/kbtf");
  env.set("KBTF_STATE_DIR", "/own");
  EXPECT_EQ(state_dir(), "/own");
}

TEST_F(Endpoint, CacheDirInOrderOfPrecedence) {
  EXPECT_EQ(cache_dir(), "/var/tmp/kbtf-cache-" + k_uid);
  env.set("HOME", dir.path());
  EXPECT_EQ(cache_dir(), dir / ".cache/kbtf");
  env.set("XDG_CACHE_HOME", "/xdg");
  EXPECT_EQ(cache_dir(), "/xdg/kbtf");
  env.set("KBTF_CACHE_DIR", "/own");
  EXPECT_EQ(cache_dir(), "/own");
}

TEST_F(Endpoint, IgnoresMissingHome) {
  env.set("HOME", dir / "none");
  EXPECT_EQ(state_dir(), "/var/tmp/kbtf-" + k_uid);
}

// Client and daemon have different working directories: a relative path would part them.
TEST_F(Endpoint, RelativeAndEmptyValuesAreIgnored) {
  const std::string runtime = runtime_dir();
  for (const char* value : {"", "relative", "./here"}) {
    for (const char* name : {"KBTF_RUNTIME_DIR", "XDG_RUNTIME_DIR", "KBTF_STATE_DIR",
                             "XDG_STATE_HOME", "KBTF_CACHE_DIR", "XDG_CACHE_HOME", "HOME"})
      env.set(name, value);
    EXPECT_EQ(runtime_dir(), runtime) << value;
    EXPECT_EQ(state_dir(), "/var/tmp/kbtf-" + k_uid) << value;
    EXPECT_EQ(cache_dir(), "/var/tmp/kbtf-cache-" + k_uid) << value;
  }
}

unsigned mode_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
  return st.st_mode & 07777;
}

TEST(PrivateDir, CreatedWithParentsMode0700) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(make_private_dir(dir / "a/b/c")));
  for (const char* name : {"a", "a/b", "a/b/c"})
    EXPECT_EQ(mode_of(dir / name), 0700U) << name;
}

TEST(PrivateDir, MayExistAlready) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(make_private_dir(dir / "a")));
  const std::string kept = dir.file("a/kept", "text");
  ASSERT_TRUE(is_ok(make_private_dir(dir / "a")));
  EXPECT_EQ(slurp(kept), "text");
}

TEST(PrivateDir, EmptyDirBecomesPrivate) {
  const TempDir dir;
  fs::create_directory(dir / "a");
  for (const unsigned mode : {0755U, 0750U, 0710U, 0701U}) {
    ASSERT_EQ(::chmod((dir / "a").c_str(), mode), 0);
    ASSERT_TRUE(is_ok(make_private_dir(dir / "a")));
    EXPECT_EQ(mode_of(dir / "a"), 0700U);
  }
}

TEST(PrivateDir, UsedDirKeepsMode) {
  const TempDir dir;
  fs::create_directory(dir / "home");
  const std::string kept = dir.file("home/kept", "text");
  for (const unsigned mode : {0755U, 0750U, 0711U}) {
    ASSERT_EQ(::chmod((dir / "home").c_str(), mode), 0);
    ASSERT_TRUE(is_ok(make_private_dir(dir / "home")));
    EXPECT_EQ(mode_of(dir / "home"), mode);
  }
  EXPECT_EQ(slurp(kept), "text");
}

// What others may have put there already would stay.
TEST(PrivateDir, RefusesDirWritableByOthers) {
  const TempDir dir;
  fs::create_directory(dir / "a");
  for (const unsigned mode : {0777U, 01777U, 0720U, 0702U}) {
    ASSERT_EQ(::chmod((dir / "a").c_str(), mode), 0);
    EXPECT_TRUE(is_error(make_private_dir(dir / "a"), ErrorKind::refused, "can write to it"));
    EXPECT_EQ(mode_of(dir / "a"), mode);
  }
}

TEST(PrivateDir, LeavesExistingParentsAlone) {
  const TempDir dir;
  fs::create_directory(dir / "a");
  ASSERT_EQ(::chmod((dir / "a").c_str(), 0755), 0);
  ASSERT_TRUE(is_ok(make_private_dir(dir / "a/b")));
  EXPECT_EQ(mode_of(dir / "a"), 0755U);
}

TEST(PrivateDir, RefusesASymlink) {
  const TempDir dir;
  fs::create_directory(dir / "real");
  fs::create_directory_symlink(dir / "real", dir / "link");
  EXPECT_TRUE(is_error(make_private_dir(dir / "link"), ErrorKind::refused, dir / "link"));
  fs::create_directory_symlink(dir / "none", dir / "dangling");
  EXPECT_TRUE(is_error(make_private_dir(dir / "dangling"), ErrorKind::refused));
  EXPECT_FALSE(fs::exists(dir / "none"));
}

TEST(PrivateDir, RefusesAFile) {
  const TempDir dir;
  const std::string file = dir.file("file", "text");
  EXPECT_TRUE(is_error(make_private_dir(file), ErrorKind::refused));
  EXPECT_FALSE(make_private_dir(file + "/below"));
  EXPECT_EQ(slurp(file), "text");
}

TEST(PrivateDir, RefusesAnotherUsersDirectory) {
  const TempDir dir;
  std::string theirs = "/usr";
  if (::geteuid() == 0) {
    theirs = dir / "theirs";
    fs::create_directory(theirs);
    if (::chown(theirs.c_str(), 65534, 65534) != 0)
      GTEST_SKIP() << "no other user to give a directory to";
  }
  EXPECT_TRUE(
      is_error(make_private_dir(theirs), ErrorKind::refused, "not a directory of this user"));
}

} // namespace
} // namespace kbtf::test
