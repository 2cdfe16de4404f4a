// SPDX-License-Identifier: GPL-2.0-only
// Patches there and back, and patches that are damaged: wrong bytes must never come out.
#include "daemon/store/patch.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <random>

namespace kbtf::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes)
    byte = static_cast<std::byte>(random() >> 7);
  return bytes;
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A module as the linker left it, and after a BTF step: one section more, a few bytes moved.
struct Module {
  Bytes pristine = noise(60'000, 1);
  Bytes finished = joined(joined({pristine.begin(), pristine.begin() + 40'000}, noise(2'000, 2)),
                          {pristine.begin() + 40'000, pristine.end()});
};

TEST(Patch, LeadsThereAndBack) {
  const Module module;
  const auto forward = make_patch(module.pristine, module.finished);
  const auto backward = make_patch(module.finished, module.pristine);
  ASSERT_TRUE(is_ok(forward));
  ASSERT_TRUE(is_ok(backward));
  EXPECT_EQ(*apply_patch(module.pristine, *forward, 1 << 20), module.finished);
  EXPECT_EQ(*apply_patch(module.finished, *backward, 1 << 20), module.pristine);
}

TEST(Patch, HoldsOnlyTheDifference) {
  const Module module;
  EXPECT_LT(make_patch(module.pristine, module.finished)->size(), 2'500U);
  EXPECT_LT(make_patch(module.finished, module.pristine)->size(), 300U);
}

TEST(Patch, WorksAtTheEdges) {
  const Bytes some = noise(5'000, 3);
  const std::pair<Bytes, Bytes> cases[] = {
      {{}, {}}, {{}, some}, {some, {}}, {some, some}, {noise(1, 4), noise(1, 5)}};
  for (const auto& [from, to] : cases) {
    const auto patch = make_patch(from, to);
    ASSERT_TRUE(is_ok(patch));
    const auto result = apply_patch(from, *patch, to.size());
    ASSERT_TRUE(is_ok(result)) << from.size() << " to " << to.size();
    EXPECT_EQ(*result, to);
  }
}

// The match lies as far back as zstd's usual window at this level would not reach.
TEST(Patch, SpansLargeFiles) {
  const Bytes head = noise(20 << 20, 6);
  const Bytes tail = noise(1 << 20, 7);
  const Bytes from = joined(tail, head);
  const auto patch = make_patch(from, tail);
  ASSERT_TRUE(is_ok(patch));
  EXPECT_LT(patch->size(), 10'000U);
  EXPECT_EQ(*apply_patch(from, *patch, tail.size()), tail);
}

TEST(Patch, ResultLargerThanTheLimitIsRefused) {
  const Module module;
  const auto patch = make_patch(module.pristine, module.finished);
  EXPECT_TRUE(is_ok(apply_patch(module.pristine, *patch, module.finished.size())));
  EXPECT_TRUE(is_error(apply_patch(module.pristine, *patch, module.finished.size() - 1),
                       ErrorKind::malformed));
}

TEST(Patch, DoesNotFitAnotherFile) {
  const Module module;
  const auto patch = make_patch(module.pristine, module.finished);
  Bytes other = module.pristine;
  other[100] ^= std::byte{1};
  EXPECT_TRUE(is_error(apply_patch(other, *patch, 1 << 20), ErrorKind::malformed));
  EXPECT_TRUE(is_error(apply_patch({}, *patch, 1 << 20), ErrorKind::malformed));
  EXPECT_TRUE(is_error(apply_patch(noise(60'000, 9), *patch, 1 << 20), ErrorKind::malformed));
}

TEST(Patch, EveryTruncationIsRefused) {
  const Module module;
  const auto patch = make_patch(module.finished, module.pristine);
  for (std::size_t size = 0; size < patch->size(); ++size)
    EXPECT_TRUE(is_error(apply_patch(module.finished, std::span(*patch).first(size), 1 << 20),
                         ErrorKind::malformed))
        << size;
}

TEST(Patch, EveryFlippedBitIsRefusedOrHarmless) {
  const Module module;
  const auto good = make_patch(module.finished, module.pristine);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good->size() * 8; ++bit) {
    Bytes bad = *good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto result = apply_patch(module.finished, bad, 1 << 20);
    if (!result)
      ++refused;
    else
      EXPECT_TRUE(*result == module.pristine) << "bit " << bit;
  }
  EXPECT_GT(refused, good->size() * 7); // nearly all
}

TEST(Patch, JunkIsRefused) {
  const Module module;
  for (const std::string& junk :
       {std::string(), std::string("x"), std::string(1000, '\0'), std::string("SQLite format 3")})
    EXPECT_TRUE(
        is_error(apply_patch(module.pristine, to_bytes(junk), 1 << 20), ErrorKind::malformed));
  const auto good = make_patch(module.finished, module.pristine);
  EXPECT_TRUE(is_error(apply_patch(module.finished, joined(*good, to_bytes("junk")), 1 << 20),
                       ErrorKind::malformed));
}

} // namespace
} // namespace kbtf::test
