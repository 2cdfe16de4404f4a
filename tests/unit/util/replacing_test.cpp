// SPDX-License-Identifier: GPL-2.0-only
#include "util/replacing.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace kbtf {
namespace {

TEST(TemporaryFor, IsHiddenAndBesideTheFile) {
  EXPECT_EQ(temporary_for("/obj/fs/a.ko"), "/obj/fs/.a.ko.kbtf");
  EXPECT_EQ(temporary_for("a.ko"), ".a.ko.kbtf");
}

TEST(IsPeerThere, UntilPeerClosesDespiteUnreadData) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  EXPECT_TRUE(is_peer_there(ours));
  ASSERT_EQ(::send(theirs.get(), "x", 1, 0), 1);
  EXPECT_TRUE(is_peer_there(ours));
  theirs.reset();
  EXPECT_FALSE(is_peer_there(ours));
}

TEST(IsPeerThere, FalseWithoutSocket) {
  EXPECT_FALSE(is_peer_there(Fd()));
}

} // namespace
} // namespace kbtf
