// SPDX-License-Identifier: GPL-2.0-only
// Error kinds and their words; what an Expected holds.
#include "util/error.hpp"

#include "tests/unit/expect.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <memory>

namespace kbtf::test {
namespace {

TEST(Error, KindsHaveStableNames) {
  const std::pair<ErrorKind, const char*> names[] = {{ErrorKind::io, "io"},
                                                     {ErrorKind::not_found, "not_found"},
                                                     {ErrorKind::malformed, "malformed"},
                                                     {ErrorKind::file_moved, "file_moved"},
                                                     {ErrorKind::refused, "refused"},
                                                     {ErrorKind::unsupported, "unsupported"}};
  for (const auto& [kind, name] : names)
    EXPECT_STREQ(to_string(kind), name);
}

TEST(Error, ErrnoDecidesTheKind) {
  const std::pair<int, ErrorKind> cases[] = {
      {ENOSPC, ErrorKind::io},         {EDQUOT, ErrorKind::io}, {ENOENT, ErrorKind::not_found},
      {ENOTDIR, ErrorKind::not_found}, {EACCES, ErrorKind::io}, {EIO, ErrorKind::io},
      {EROFS, ErrorKind::io},          {EMFILE, ErrorKind::io}};
  for (const auto& [number, kind] : cases)
    EXPECT_EQ(errno_error("x", number).kind, kind) << number;
}

TEST(Error, TextNamesWhatAndWhy) {
  EXPECT_EQ(errno_error("/a/b.ko", EACCES).text, "/a/b.ko: Permission denied");
}

TEST(Error, ErrnoIsReadBeforeAnythingChangesIt) {
  errno = ENOSPC;
  const Error error = errno_error(std::string(1000, 'x'));
  EXPECT_EQ(error.kind, ErrorKind::io);
  EXPECT_TRUE(error.text.ends_with(": No space left on device"));
}

TEST(Expected, HoldsAValueOrAnError) {
  const Expected<std::string> good = std::string("value");
  ASSERT_TRUE(is_ok(good));
  EXPECT_EQ(*good, "value");
  EXPECT_EQ(good->size(), 5U);
  const Expected<std::string> bad = unexpected(ErrorKind::refused, "late");
  EXPECT_TRUE(is_error(bad, ErrorKind::refused, "late"));
}

TEST(Expected, ErrorsTravelBetweenTypes) {
  const Expected<int> bad = unexpected(ErrorKind::file_moved, "a.ko");
  const Expected<std::string> same = bad.forward_error();
  EXPECT_TRUE(is_error(same, ErrorKind::file_moved, "a.ko"));
}

TEST(Expected, SupportsMoveOnlyValues) {
  Expected<std::unique_ptr<int>> holder = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(holder);
  EXPECT_EQ(*taken, 7);
}

TEST(Expected, ReadingTheWrongOneThrows) {
  const Expected<int> good = 7;
  const Expected<int> bad = unexpected(ErrorKind::io, "x");
  EXPECT_THROW((void)good.error(), std::bad_variant_access);
  EXPECT_THROW((void)*bad, std::bad_variant_access);
}

} // namespace
} // namespace kbtf::test
