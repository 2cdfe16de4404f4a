// SPDX-License-Identifier: GPL-2.0-only
// The watcher on real directories: what is reported, what is not, and what is said when events
// cannot be had.
#include "daemon/watch/inotify_watcher.hpp"

#include "tests/unit/temp_dir.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class InotifyWatcher : public testing::Test {
protected:
  InotifyWatcher()
      : watcher(make_inotify_watcher(
            loop, [this](const std::string& path) { changes.push_back(path); })) {}

  // Runs the loop until `done`, or fails.
  template <typename Done> void run_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      loop.restart();
      ASSERT_NE(loop.run_one_until(deadline), 0U) << "no event in time";
    }
  }

  // Events come in order: when the one of this file is there, so are all that went before.
  void expect_changes(std::vector<std::string> expected) {
    spill(dir / "last", "");
    expected.push_back(dir / "last");
    run_until([&] { return !changes.empty() && changes.back() == dir / "last"; });
    EXPECT_EQ(changes, expected);
  }

  TempDir dir;
  std::vector<std::string> changes;
  boost::asio::io_context loop;
  std::unique_ptr<Watcher> watcher;
};

TEST_F(InotifyWatcher, ReportsAFileThatWasWritten) {
  watcher->watch(dir.path());
  spill(dir / "a.ko", "text");
  expect_changes({dir / "a.ko"});
}

TEST_F(InotifyWatcher, ReportsAFileRenamedIntoPlace) {
  const TempDir elsewhere;
  watcher->watch(dir.path());
  fs::rename(elsewhere.file("new", "text"), dir / "vmlinux");
  expect_changes({dir / "vmlinux"});
}

TEST_F(InotifyWatcher, IgnoresOtherEvents) {
  const std::string old = dir.file("a.ko", "text");
  const std::string gone = dir.file("b.ko", "text");
  watcher->watch(dir.path());
  EXPECT_EQ(slurp(old), "text");
  fs::permissions(old, fs::perms::owner_read);
  fs::create_directory(dir / "sub");
  spill(dir / "sub/c.ko", "text");
  fs::remove(gone);
  std::ofstream open(dir / "d.ko"); // not closed
  open << "text" << std::flush;
  expect_changes({});
}

TEST_F(InotifyWatcher, DistinguishesDirectories) {
  const TempDir other;
  watcher->watch(other.path());
  watcher->watch(dir.path());
  EXPECT_EQ(watcher->describe(), "inotify, 2 directories");
  spill(other / "a.ko", "");
  spill(dir / "a.ko", "");
  expect_changes({other / "a.ko", dir / "a.ko"});
}

TEST_F(InotifyWatcher, WatchingAgainIsHarmless) {
  watcher->watch(dir.path());
  watcher->watch(dir.path());
  EXPECT_EQ(watcher->describe(), "inotify, 1 directories");
  spill(dir / "a.ko", "");
  expect_changes({dir / "a.ko"});
}

TEST_F(InotifyWatcher, ReportsDirectoryItCannotWatch) {
  watcher->watch(dir.path());
  watcher->watch(dir / "none");
  EXPECT_EQ(watcher->describe(), "inotify, 1 directories; not complete: " + dir / "none" +
                                     ": No such file or directory");
  spill(dir / "a.ko", "");
  expect_changes({dir / "a.ko"});
}

TEST_F(InotifyWatcher, WatchesDirectoriesOnly) {
  watcher->watch(dir.file("file", ""));
  EXPECT_NE(watcher->describe().find("not complete"), std::string::npos) << watcher->describe();
}

TEST_F(InotifyWatcher, ForgetsADirectoryThatIsRemoved) {
  fs::create_directory(dir / "sub");
  watcher->watch(dir / "sub");
  EXPECT_EQ(watcher->describe(), "inotify, 1 directories");
  fs::remove(dir / "sub");
  run_until([&] { return watcher->describe() == "inotify, 0 directories"; });
  fs::create_directory(dir / "sub");
  watcher->watch(dir / "sub");
  spill(dir / "sub/a.ko", "");
  run_until([&] { return !changes.empty(); });
  EXPECT_EQ(changes, std::vector<std::string>{dir / "sub/a.ko"});
}

TEST_F(InotifyWatcher, ReportsLostEvents) {
  long limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit <= 0 || limit > 200'000)
    GTEST_SKIP() << "the event queue is too long to overflow: " << limit;
  watcher->watch(dir.path());
  const std::string a = dir.file("a", "");
  for (long i = 0; i <= limit; ++i) // two names: equal neighbours would be merged
    fs::rename(i % 2 == 0 ? a : dir / "b", i % 2 == 0 ? dir / "b" : a);
  run_until([&] { return watcher->describe().find("overflow") != std::string::npos; });
  changes.clear();
  expect_changes({});
}

TEST_F(InotifyWatcher, CanBeDestroyedBeforeLoop) {
  watcher->watch(dir.path());
  spill(dir / "a.ko", "");
  watcher.reset();
  loop.restart();
  loop.run();
  EXPECT_TRUE(changes.empty());
}

} // namespace
} // namespace kbtf::test
