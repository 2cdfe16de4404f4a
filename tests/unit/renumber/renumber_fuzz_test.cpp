// SPDX-License-Identifier: GPL-2.0-only
// Damaged input must not crash (run under ASan and UBSan in CI). What is served must be BTF that
// the checks accept wherever they accepted what it was made from.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/libbpf_btf.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class RenumberFuzz : public testing::Test {
protected:
  RenumberFuzz()
      : m_libbpf_base(make_base()), m_base_bytes(raw_bytes(m_libbpf_base.get())),
        m_split(raw_bytes(make_split(m_libbpf_base.get()).get())),
        m_base(*BtfBase::parse(m_base_bytes)) {}

  // Every byte, each damaged in some ways.
  template <typename F> void damage(const std::vector<std::byte>& good, F&& f) {
    for (const unsigned flip : {0x01U, 0x02U, 0x10U, 0x80U, 0xffU})
      for (std::size_t at = 0; at < good.size(); ++at) {
        std::vector<std::byte> bytes(good);
        bytes[at] ^= static_cast<std::byte>(flip);
        f(bytes);
      }
  }

  BtfHandle m_libbpf_base;
  std::vector<std::byte> m_base_bytes;
  std::vector<std::byte> m_split;
  std::shared_ptr<const BtfBase> m_base;
  std::size_t m_served = 0;
};

TEST_F(RenumberFuzz, Split) {
  const auto map = *BaseMap::make(m_base, m_base);
  damage(m_split, [&](const std::vector<std::byte>& bytes) {
    const auto made =
        renumber_split(*map, Profile(hash_bytes(bytes), {1, 2, 3}, {5}, {1}, 9), bytes);
    if (!made)
      return;
    ++m_served;
    if (check_split_btf(m_base.get(), bytes)) {
      EXPECT_TRUE(check_split_btf(m_base.get(), made.bytes));
    }
    (void)renumber_ids(*map, bytes, made.bytes, std::span(bytes).first(32),
                       {{"__BTF_ID__set__s", 0, 16}, {"__BTF_ID__func__walk_m__1", 4, 4}});
  });
  EXPECT_GT(m_served, 0U);
}

TEST_F(RenumberFuzz, Base) {
  damage(m_base_bytes, [&](const std::vector<std::byte>& bytes) {
    const auto changed = BtfBase::parse(bytes);
    if (!changed)
      return;
    const Profile profile(hash_bytes(m_split), {1, 2}, {}, {}, 9);
    for (const auto& map : {BaseMap::make(m_base, *changed), BaseMap::make(*changed, m_base)})
      if (map)
        if (const auto made = renumber_split(**map, profile, m_split)) {
          ++m_served;
          (void)check_split_btf(&(*map)->to(), made.bytes);
        }
  });
  EXPECT_GT(m_served, 0U);
}

} // namespace
} // namespace kbtf::test
