// SPDX-License-Identifier: GPL-2.0-only
// The kernel's view of users and owners. What fakeroot says instead: tests/integration/fakeroot.
#include "util/own_user.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/fd.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

TEST(OwnUser, IsTheEffectiveOne) {
  EXPECT_EQ(own_uid(), ::geteuid());
}

TEST(OwnUser, FilesAreNotFollowed) {
  const TempDir dir;
  const std::string file = dir.file("file", "");
  std::filesystem::create_symlink(file, dir / "link");
  const auto of_file = owner_of(file);
  const auto of_link = owner_of(dir / "link");
  ASSERT_TRUE(is_ok(of_file));
  ASSERT_TRUE(is_ok(of_link));
  EXPECT_EQ(of_file->uid, ::geteuid());
  EXPECT_TRUE(S_ISREG(of_file->mode));
  EXPECT_TRUE(S_ISLNK(of_link->mode));
  EXPECT_TRUE(is_error(owner_of(dir / "none"), ErrorKind::not_found, dir / "none"));
}

TEST(OwnUser, PeersAreTrustedByUser) {
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd one(ends[0]);
  const Fd other(ends[1]);
  const auto peer = peer_of(one.get());
  ASSERT_TRUE(is_ok(peer));
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_TRUE(peer->is_trusted);
  EXPECT_FALSE(peer_of(-1));
}

} // namespace
} // namespace kbtf::test
