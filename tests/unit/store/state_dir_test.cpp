// SPDX-License-Identifier: GPL-2.0-only
// Which directories are taken for the state, which are somebody's, and what happens to neither.
#include "daemon/store/state_dir.hpp"

#include "daemon/store/state_db.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/lock_file.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

int g_flock_fails = 0; // errno; 0: it does not

} // namespace

// The linker's --wrap=flock (ld(1)) sends calls of flock() here.
extern "C" {
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation) {
  if (g_flock_fails == 0)
    return __real_flock(fd, operation);
  errno = g_flock_fails;
  return -1;
}
}

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class StateDirTest : public testing::Test {
protected:
  ~StateDirTest() override { g_flock_fails = 0; }

  static unsigned mode_of(const std::string& path) {
    struct stat st {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st.st_mode & 07777;
  }
  StateDir claimed() {
    auto state = claim_state_dir(path, "/run/here");
    EXPECT_TRUE(is_ok(state));
    return state ? *std::move(state) : StateDir{};
  }
  void expect_ours() {
    const StateDir state = claimed();
    EXPECT_EQ(state.path, path);
    EXPECT_EQ(state.warning, "");
    EXPECT_TRUE(slurp(path + "/kbtf.tag").starts_with("This is a state directory of kbtf.\n"));
    EXPECT_EQ(mode_of(path), 0700U);
  }
  // Nothing is added, and the mode stays.
  void expect_somebodys(const std::string& why) {
    const unsigned mode = mode_of(path);
    const auto before = names();
    const StateDir state = claimed();
    EXPECT_EQ(state.path, "");
    EXPECT_NE(state.warning.find(path), std::string::npos) << state.warning;
    EXPECT_NE(state.warning.find(why), std::string::npos) << state.warning;
    EXPECT_EQ(state.warning.find('\n'), std::string::npos) << state.warning;
    EXPECT_EQ(mode_of(path), mode);
    EXPECT_EQ(names(), before);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path))
      found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }
  void make_dir(unsigned mode = 0755) {
    fs::create_directories(path);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  void put(const std::string& name, const std::string& text = "x") const {
    spill(path + "/" + name, text);
  }
  // As kbtf leaves it that knew no marks.
  void make_unmarked() {
    make_dir();
    std::string warning;
    { StateDb db = StateDb::open(path, warning); }
    EXPECT_EQ(warning, "");
    for (const char* name : {"pristine", "bases", "distrusted", "checks", "verify-12"})
      fs::create_directory(path + "/" + name);
    for (const char* name : {"kbtfd.log", "kbtfd.1.log"})
      put(name);
  }

  TempDir dir;
  std::string path = dir / "a/state";
};

TEST_F(StateDirTest, CreatedThenClaimedAgain) {
  expect_ours();
  EXPECT_EQ(names(), (std::vector<std::string>{"kbtf.tag", "state.lock"}));
  put("anything", "beside the mark is the user's own affair");
  expect_ours();
}

TEST_F(StateDirTest, ClaimsEmptyDir) {
  make_dir();
  expect_ours();
}

TEST_F(StateDirTest, InterruptedClaimCanBeRepeated) {
  make_dir();
  put("state.lock", "");
  expect_ours();
}

TEST_F(StateDirTest, MayBeTheRuntimeDirectoryToo) {
  make_dir();
  for (const char* name : {"kbtfd.lock", "spawn.lock", "kbtfd.sock", "stage-123.down"})
    put(name, "");
  expect_ours();
}

TEST_F(StateDirTest, ClaimsDirOfEarlierKbtf) {
  make_unmarked();
  expect_ours();
  EXPECT_TRUE(fs::exists(path + "/kbtfd.log"));
}

TEST_F(StateDirTest, RefusesDirWithOtherFiles) {
  for (const char* name : {"notes", ".profile", "pristine.old", "verify-", "verify-x",
                           "stage-.down", "STATE.DB", "lost+found"}) {
    SCOPED_TRACE(name);
    make_dir();
    put(name);
    expect_somebodys(name);
    fs::remove_all(path);
    make_unmarked();
    put(name);
    expect_somebodys(name);
    fs::remove_all(path);
  }
}

// Names that others use as well.
TEST_F(StateDirTest, OurFileNamesAloneAreNoProof) {
  for (const char* name : {"pristine", "bases", "checks", "kbtfd.log"}) {
    SCOPED_TRACE(name);
    make_dir();
    fs::create_directory(path + "/" + name);
    expect_somebodys("kbtf.tag");
    put("state.db", "no database");
    expect_somebodys("state.db");
    fs::remove_all(path);
  }
}

TEST_F(StateDirTest, OtherTextIsNotAMark) {
  for (const char* text :
       {"", "x", "This is a state directory of kbtf. Or is it?\n", "This is a"}) {
    SCOPED_TRACE(text);
    make_dir();
    put("kbtf.tag", text);
    expect_somebodys("kbtf.tag");
    fs::remove_all(path);
  }
  expect_ours();
  fs::rename(path + "/kbtf.tag", dir / "tag");
  fs::create_symlink(dir / "tag", path + "/kbtf.tag");
  expect_somebodys("kbtf.tag");
}

TEST_F(StateDirTest, RepairsMarkIfDatabaseIsOurs) {
  make_unmarked();
  put("kbtf.tag", "");
  expect_ours();
}

TEST_F(StateDirTest, BelongsToOneDaemon) {
  auto first = claim_state_dir(path, "/run/first");
  ASSERT_TRUE(is_ok(first));
  const auto second = claim_state_dir(path, "/run/second");
  EXPECT_TRUE(is_error(second, ErrorKind::refused, path));
  for (const std::string& word : {"(pid " + std::to_string(::getpid()), std::string("/run/first"),
                                  std::string("KBTF_STATE_DIR")})
    EXPECT_NE(second.error().text.find(word), std::string::npos) << second.error().text;
  first->lock.reset();
  expect_ours();
}

// Such as NFS without lockd, or a FUSE file system.
TEST_F(StateDirTest, UsesMemoryWithoutFlock) {
  make_dir();
  for (const int error : {ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL}) {
    g_flock_fails = error;
    const StateDir state = claimed();
    EXPECT_EQ(state.path, "");
    EXPECT_NE(state.warning.find("state.lock"), std::string::npos) << state.warning;
  }
  EXPECT_EQ(names(), std::vector<std::string>{"state.lock"});
  g_flock_fails = 0;
  expect_ours();
}

TEST_F(StateDirTest, LeavesForeignLockFileAlone) {
  make_dir();
  put("state.lock", "of the union");
  const StateDir state = claimed();
  EXPECT_EQ(state.path, "");
  EXPECT_EQ(slurp(path + "/state.lock"), "of the union");
}

TEST_F(StateDirTest, CannotBeAFileOrWritableByOthers) {
  spill(dir / "file", "text");
  path = dir / "file";
  EXPECT_NE(claimed().warning.find("not a directory"), std::string::npos);
  path = dir / "file/below";
  EXPECT_NE(claimed().warning.find("Not a directory"), std::string::npos);
  path = dir / "open";
  make_dir(0777);
  expect_somebodys("other users can write");
}

TEST_F(StateDirTest, RecreatesDeletedDirWithMark) {
  const StateDir state = claimed();
  fs::remove_all(path);
  ASSERT_TRUE(is_ok(make_state_subdir(path + "/bases")));
  EXPECT_TRUE(fs::is_directory(path + "/bases"));
  EXPECT_EQ(claimed().path, path);
}

} // namespace
} // namespace kbtf::test
