// SPDX-License-Identifier: GPL-2.0-only
// Hashes remembered by stamp: never an old one for a file that changed, never read twice for one
// that did not.
#include "daemon/tools/file_hashes.hpp"

#include "tests/unit/during_read.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;

// A file that nobody has touched for a while: its stamp is old enough to be trusted.
const std::string k_settled = "/proc/self/exe";

class FileHashesTest : public testing::Test {
protected:
  // A reader that counts how often it reads.
  FileHashes::Reader counting(int& count) {
    return [&count](const std::string& path) {
      ++count;
      return hash_file(path);
    };
  }

  TempDir dir;
  FileHashes hashes;
  // For it every file has been there for a while.
  FileHashes late{[] { return realtime_ns() + 10'000'000'000; }};
};

TEST_F(FileHashesTest, WholeIsTheHashOfTheBytes) {
  const auto hashed = hashes.whole(dir.file("pahole", "v1"));
  ASSERT_TRUE(is_ok(hashed));
  EXPECT_EQ(hashed->hash, hash_text("v1"));
  EXPECT_EQ(hashed->stamp, *stamp_of(dir / "pahole"));
}

// Within one tick of the clock, without a change of size: the stamp may not even move.
TEST_F(FileHashesTest, NoticesRewritingWithinOneTick) {
  const std::string path = dir.file("pahole", "0000");
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(1000 + i);
    spill(path, text);
    const auto hashed = hashes.whole(path);
    ASSERT_TRUE(is_ok(hashed));
    ASSERT_EQ(hashed->hash, hash_text(text)) << i;
  }
}

TEST_F(FileHashesTest, NoticesReplacementAndRemoval) {
  const std::string path = dir.file("pahole", "v1");
  EXPECT_EQ(hashes.whole(path)->hash, hash_text("v1"));
  fs::rename(dir.file("new", "v2"), path);
  EXPECT_EQ(hashes.whole(path)->hash, hash_text("v2"));
  fs::remove(path);
  EXPECT_TRUE(is_error(hashes.whole(path), ErrorKind::not_found));
}

TEST_F(FileHashesTest, ReadsASettledFileOnce) {
  int count = 0;
  const auto first = hashes.part(k_settled, ".BTF", counting(count));
  const auto second = hashes.part(k_settled, ".BTF", counting(count));
  ASSERT_TRUE(is_ok(first));
  ASSERT_TRUE(is_ok(second));
  EXPECT_EQ(count, 1);
  EXPECT_EQ(second->hash, first->hash);
  EXPECT_EQ(second->stamp, first->stamp);
}

// File times move in ticks; a file of this tick may still get other bytes under the same stamp.
TEST_F(FileHashesTest, RereadsJustWrittenFile) {
  using Clock = std::chrono::steady_clock;
  for (int tries = 0; tries < 100; ++tries) {
    int count = 0;
    const auto begin = Clock::now();
    const std::string path = dir.file("pahole", "v1");
    (void)hashes.part(path, ".BTF", counting(count));
    (void)hashes.part(path, ".BTF", counting(count));
    if (Clock::now() - begin > std::chrono::milliseconds(30))
      continue; // held up: the stamp may have come of age meanwhile
    EXPECT_EQ(count, 2);
    return;
  }
  GTEST_SKIP() << "the machine is too busy for this test";
}

// Its stamp then tells of any later write.
TEST_F(FileHashesTest, WaitsUntilStampSettles) {
  std::int64_t now = 0; // of the test's own: it goes on with each look at it
  FileHashes slow{[&now] { return now += 20'000'000; }};
  const std::string path = dir.file("pahole", "v1");
  now = stamp_of(path)->ctime_ns;
  const auto hashed = slow.settled(path);
  ASSERT_TRUE(is_ok(hashed));
  EXPECT_EQ(hashed->stamp, *stamp_of(path));
  EXPECT_GT(now - hashed->stamp.ctime_ns, 50'000'000);
}

TEST_F(FileHashesTest, DistrustsStampOfAnotherClock) {
  FileHashes early{[] { return std::int64_t{1}; }};
  const auto hashed = early.settled(dir.file("pahole", "v1"));
  ASSERT_TRUE(is_ok(hashed));
  EXPECT_EQ(hashed->hash, hash_text("v1"));
  EXPECT_EQ(hashed->stamp, FileStamp{});
}

TEST_F(FileHashesTest, PartsAreSeparate) {
  int count = 0;
  (void)hashes.whole(k_settled);
  (void)hashes.part(k_settled, ".BTF", counting(count));
  (void)hashes.part(k_settled, ".text", counting(count));
  EXPECT_EQ(count, 2);
}

TEST_F(FileHashesTest, ReadsAgainWhatMovesWhileItSettles) {
  const std::string path = dir.file("pahole", "old");
  after_next_read([&path] { spill(path, "newer"); });
  const auto hashed = hashes.settled(path);
  EXPECT_TRUE(was_read());
  ASSERT_TRUE(is_ok(hashed));
  EXPECT_EQ(hashed->hash, hash_text("newer"));
  EXPECT_EQ(hashed->stamp, *stamp_of(path));
}

TEST_F(FileHashesTest, DoesNotRememberErrors) {
  const auto fail = [](const std::string& path) -> Expected<StampedHash> {
    return unexpected(ErrorKind::file_moved, path);
  };
  EXPECT_TRUE(is_error(hashes.part(k_settled, ".BTF", fail), ErrorKind::file_moved));
  int count = 0;
  EXPECT_TRUE(is_ok(hashes.part(k_settled, ".BTF", counting(count))));
  EXPECT_EQ(count, 1);
}

// The file was replaced between the look at its stamp and the reading.
TEST_F(FileHashesTest, HashHasStampOfItsRead) {
  const auto of_another_file = [](const std::string&) -> Expected<StampedHash> {
    return StampedHash{FileStamp{1, 2, 3, 4, 5}, hash_text("old")};
  };
  EXPECT_EQ(hashes.part(k_settled, ".BTF", of_another_file)->hash, hash_text("old"));
  int count = 0;
  EXPECT_NE(hashes.part(k_settled, ".BTF", counting(count))->hash, hash_text("old"));
  EXPECT_EQ(count, 1);
}

TEST_F(FileHashesTest, ProgramLookFollowsContent) {
  const std::string path = dir.file("pahole", fake_pahole());
  EXPECT_TRUE(hashes.look(path)->looks_like.contains(ToolKind::pahole));
  spill(path, "#!/bin/sh\n");
  EXPECT_EQ(hashes.look(path)->format, ProgramLook::Format::script);
  fs::remove(path);
  EXPECT_TRUE(is_error(hashes.look(path), ErrorKind::not_found));
}

// Some thousands of files and no more.
TEST_F(FileHashesTest, IsBounded) {
  int count = 0;
  const auto count_a = counting(count);
  (void)late.part(k_settled, "a", count_a);
  for (int i = 0; i < 20'000; ++i) {
    (void)late.part(k_settled, std::to_string(i), [](const std::string& path) {
      return Expected<StampedHash>(StampedHash{*stamp_of(path), hash_text("x")});
    });
    if (i % 1000 == 0)
      (void)late.part(k_settled, "a", count_a); // asked for again and again: stays
  }
  EXPECT_EQ(count, 1);
  count = 0;
  (void)late.part(k_settled, "0", counting(count));
  EXPECT_EQ(count, 1) << "dropped long ago";
}

// The dynamic linker is only asked again when something that it looked at has changed.
class LibrariesTest : public FileHashesTest {
protected:
  // A program that looks for libpart.so in none, new and old, by its run path.
  LibrariesTest() {
    install(dir / "l", "#!/bin/sh\necho x >>" + (dir / "asked") +
                           "\nexec /lib64/ld-linux-x86-64.so.2 \"$@\"\n");
    for (const char* sub : {"new", "old"})
      fs::create_directory(dir / sub);
    compile(dir / "old/libpart.so", "int part;\n", "-shared -fPIC");
    compile(dir / "program", "extern int part; int main(void) { return part; }\n",
            "-Wl,--no-as-needed -Wl,--enable-new-dtags -L" + (dir / "old") + " -lpart" +
                " -Wl,--dynamic-linker=" + (dir / "l") + " -Wl,-rpath," + (dir / "none") + ":" +
                (dir / "new") + ":" + (dir / "old"));
  }
  std::vector<std::string> libraries() {
    const auto result = late.libraries(dir / "program", setting);
    EXPECT_TRUE(is_ok(result));
    return result ? result->paths : std::vector<std::string>();
  }
  std::size_t times_asked() const {
    return fs::exists(dir / "asked") ? slurp(dir / "asked").size() / 2 : 0;
  }

  LoaderSetting setting{"/", {}};
};

TEST_F(LibrariesTest, AskedOnce) {
  const auto first = libraries();
  EXPECT_THAT(first, Contains(dir / "old/libpart.so"));
  EXPECT_EQ(libraries(), first);
  EXPECT_EQ(libraries(), first);
  EXPECT_EQ(times_asked(), 1U);
}

TEST_F(LibrariesTest, AskedAgainWhileUnsettled) {
  FileHashes now;
  (void)now.libraries(dir / "program", setting);
  (void)now.libraries(dir / "program", setting);
  EXPECT_EQ(times_asked(), 2U);
}

TEST_F(LibrariesTest, AskedAgainAfterChange) {
  std::size_t asked = 0;
  const auto asks = [&](const char* what, const std::string& path, const auto& change) {
    (void)libraries();
    asked = times_asked();
    change();
    EXPECT_THAT(libraries(), Contains(path)) << what;
    EXPECT_GT(times_asked(), asked) << what;
  };
  const auto copy = [&](const std::string& to) { fs::copy_file(dir / "old/libpart.so", dir / to); };
  asks("a library that comes first now", dir / "new/libpart.so", [&] { copy("new/libpart.so"); });
  asks("one that goes", dir / "old/libpart.so", [&] { fs::remove(dir / "new/libpart.so"); });
  asks("a directory that comes", dir / "none/libpart.so", [&] {
    fs::create_directory(dir / "none");
    copy("none/libpart.so");
  });
  asks("another library of that name", dir / "none/libpart.so",
       [&] { compile(dir / "none/libpart.so", "int other;\n", "-shared -fPIC"); });
  asks("a library that needs another one now", dir / "old/libmore.so", [&] {
    compile(dir / "old/libmore.so", "int more;\n", "-shared -fPIC");
    compile(dir / "none/libpart.so", "extern int more; int* part = &more;\n",
            "-shared -fPIC -Wl,--no-as-needed -L" + (dir / "old") + " -lmore -Wl,-rpath," +
                (dir / "old"));
  });
}

TEST_F(LibrariesTest, FailsOnceProgramIsReplacedOrGone) {
  (void)libraries();
  spill(dir / "program", "#!/bin/sh\n");
  EXPECT_TRUE(is_error(late.libraries(dir / "program", setting), ErrorKind::malformed));
  fs::remove(dir / "program");
  EXPECT_TRUE(is_error(late.libraries(dir / "program", setting), ErrorKind::not_found));
}

} // namespace
} // namespace kbtf::test
