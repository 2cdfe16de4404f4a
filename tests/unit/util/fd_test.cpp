// SPDX-License-Identifier: GPL-2.0-only
// Who closes a descriptor, and whole-buffer reads and writes.
#include "util/fd.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/size_limit.hpp"
#include "tests/unit/temp_dir.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace kbtf::test {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int some_fd() {
  return ::open("/dev/null", O_RDWR | O_CLOEXEC);
}

TEST(Fd, EmptyOwnsNothing) {
  Fd fd;
  EXPECT_FALSE(fd);
  EXPECT_EQ(fd.get(), -1);
  fd.reset();
  EXPECT_EQ(fd.release(), -1);
}

TEST(Fd, ZeroIsValid) {
  Fd fd(0);
  EXPECT_TRUE(fd);
  EXPECT_EQ(fd.release(), 0);
}

TEST(Fd, ClosesOnDestruction) {
  const int raw = some_fd();
  {
    const Fd fd(raw);
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(Fd, ResetClosesOnce) {
  const int raw = some_fd();
  Fd fd(raw);
  fd.reset();
  EXPECT_FALSE(fd);
  const Fd next(some_fd()); // has the same number
  ASSERT_EQ(next.get(), raw);
  fd.reset();
  EXPECT_TRUE(is_open(raw));
}

TEST(Fd, ReleaseGivesUpOwnership) {
  int raw = -1;
  {
    Fd fd(some_fd());
    raw = fd.release();
    EXPECT_FALSE(fd);
  }
  EXPECT_TRUE(is_open(raw));
  ::close(raw);
}

TEST(Fd, MovingLeavesTheSourceEmpty) {
  const int raw = some_fd();
  Fd source(raw);
  Fd target(std::move(source));
  EXPECT_EQ(target.get(), raw);
  EXPECT_EQ(source.get(), -1); // NOLINT(bugprone-use-after-move): this is the promise
  EXPECT_TRUE(is_open(raw));
}

TEST(Fd, MoveAssignmentClosesOldDescriptor) {
  const int old = some_fd();
  const int fresh = some_fd();
  Fd fd(old);
  fd = Fd(fresh);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(fresh));
  EXPECT_EQ(fd.get(), fresh);
}

TEST(Fd, SelfAssignmentKeepsDescriptor) {
  Fd fd(some_fd());
  Fd& same = fd;
  fd = std::move(same);
  ASSERT_TRUE(fd);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(OpenFd, IsNotInheritedByChildren) {
  const auto fd = open_fd("/dev/null", O_RDONLY);
  ASSERT_TRUE(is_ok(fd));
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(OpenFd, CreatesWithTheMode) {
  const TempDir dir;
  ASSERT_TRUE(is_ok(open_fd(dir / "new", O_WRONLY | O_CREAT, 0600)));
  EXPECT_EQ(std::filesystem::status(dir / "new").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(OpenFd, ErrorNamesThePath) {
  const TempDir dir;
  EXPECT_TRUE(is_error(open_fd(dir / "none", O_RDONLY), ErrorKind::not_found, dir / "none"));
}

TEST(WriteAll, WritesMoreThanAPipeHolds) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  std::string sent(1 << 20, '\0'); // many times a pipe's capacity
  for (std::size_t i = 0; i < sent.size(); ++i)
    sent[i] = static_cast<char>(i * 31 >> 3);
  std::string got;
  std::thread drain([&] {
    char buffer[1000];
    for (ssize_t n = 1; n > 0;) {
      n = ::read(reader.get(), buffer, sizeof buffer);
      got.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
  });
  const Status written = write_all(writer, to_bytes(sent), "pipe");
  writer.reset();
  drain.join();
  EXPECT_TRUE(is_ok(written));
  EXPECT_TRUE(got == sent);
}

TEST(WriteAll, ShortWriteIsNotTheEnd) {
  const TempDir dir;
  const auto fd = open_fd(dir / "file", O_WRONLY | O_CREAT, 0600);
  const SizeLimit limit(10);
  EXPECT_TRUE(is_error(write_all(*fd, to_bytes(std::string(20, 'x')), "the file"), ErrorKind::io,
                       "the file: "));
  EXPECT_EQ(slurp(dir / "file"), std::string(10, 'x'));
}

TEST(WriteAll, FullDiskIsSaid) {
  const auto full = open_fd("/dev/full", O_WRONLY);
  ASSERT_TRUE(is_ok(full));
  EXPECT_TRUE(is_error(write_all(*full, to_bytes("x"), "the file"), ErrorKind::io,
                       "the file: No space left"));
}

TEST(ReadUpTo, ShortReadIsNotTheEnd) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd out(ends[0]);
  Fd in(ends[1]);
  std::vector<std::byte> got(10);
  std::thread writer([&in] {
    for (const char* part : {"ab", "cd", "e"})
      EXPECT_TRUE(is_ok(write_all(in, to_bytes(part), "pipe")));
    in.reset();
  });
  const auto size = read_up_to(out, got, "pipe");
  writer.join();
  ASSERT_TRUE(is_ok(size));
  EXPECT_EQ(*size, 5U);
  EXPECT_EQ(std::memcmp(got.data(), "abcde", *size), 0);
}

TEST(ReadAt, LeavesTheDescriptorWhereItStands) {
  const TempDir dir;
  const auto fd = open_fd(dir.file("file", "0123456789"), O_RDONLY);
  std::vector<std::byte> got(4);
  EXPECT_EQ(*read_at(*fd, got, 3, "file"), 4U);
  EXPECT_EQ(std::memcmp(got.data(), "3456", 4), 0);
  EXPECT_EQ(*read_at(*fd, got, 8, "file"), 2U);
  EXPECT_EQ(*read_at(*fd, got, 10, "file"), 0U);
  EXPECT_EQ(*read_up_to(*fd, got, "file"), 4U);
  EXPECT_EQ(std::memcmp(got.data(), "0123", 4), 0);
  EXPECT_TRUE(is_error(read_at(Fd(), got, 0, "the file"), ErrorKind::io, "the file: "));
}

TEST(BeginningOf, IsAllOfAShorterFile) {
  const TempDir dir;
  const auto fd = open_fd(dir.file("file", "0123456789"), O_RDONLY);
  EXPECT_EQ(*beginning_of(*fd, 4, "file"), "0123");
  EXPECT_EQ(*beginning_of(*fd, 40, "file"), "0123456789");
  EXPECT_TRUE(is_error(beginning_of(Fd(), 4, "the file"), ErrorKind::io, "the file: "));
}

TEST(ReadBytes, ReadsUpToTheLimit) {
  const TempDir dir;
  const std::string text(100'000, 'x');
  const std::string path = dir.file("big", text);
  EXPECT_TRUE(std::ranges::equal(*read_bytes(path, text.size()), to_bytes(text)));
  EXPECT_TRUE(is_error(read_bytes(path, text.size() - 1), ErrorKind::malformed, path));
}

TEST(ReadFile, ReadsUpToTheLimit) {
  const TempDir dir;
  const std::string text(100'000, 'x');
  const std::string path = dir.file("big", text);
  EXPECT_TRUE(*read_file(path, text.size()) == text);
  EXPECT_TRUE(is_error(read_file(path, text.size() - 1), ErrorKind::malformed, path));
}

TEST(ReadFile, EmptyFileIsEmptyText) {
  const TempDir dir;
  EXPECT_EQ(*read_file(dir.file("empty", ""), 0), "");
}

TEST(ReadFile, RefusesMissingFileAndDirectory) {
  const TempDir dir;
  EXPECT_TRUE(is_error(read_file(dir / "none", 10), ErrorKind::not_found, dir / "none"));
  EXPECT_TRUE(is_error(read_file(dir.path(), 10), ErrorKind::io, dir.path()));
}

} // namespace
} // namespace kbtf::test
