// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/profile.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/libbpf_btf.hpp"

#include <cstring>

namespace kbtf::test {
namespace {

const std::vector<std::uint32_t> k_uses{1, 2, 130, 131, 20000, 1000000};
const std::vector<std::uint32_t> k_names{7, 100000};
const std::vector<std::uint32_t> k_strings{9, 16000000};

TEST(Profile, StoresAndLoads) {
  const Profile profile({1, 2}, k_uses, k_names, k_strings, 55);
  const auto loaded = Profile::parse(profile.serialize());
  ASSERT_TRUE(is_ok(loaded));
  EXPECT_EQ(loaded->uses(), k_uses);
  EXPECT_EQ(loaded->names(), k_names);
  EXPECT_EQ(loaded->strings(), k_strings);
  EXPECT_EQ(loaded->split(), (ContentHash{1, 2}));
  EXPECT_EQ(loaded->table_entries(), 55U);
}

TEST(Profile, DamageIsAnError) {
  const auto good = Profile({1, 2}, k_uses, k_names, k_strings, 55).serialize();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_TRUE(is_error(Profile::parse(std::span(good).first(size)), ErrorKind::malformed));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bytes = good;
    bytes[at] ^= std::byte{1};
    EXPECT_TRUE(is_error(Profile::parse(bytes), ErrorKind::malformed));
  }
}

TEST(Profile, AnotherVersionIsIncompatible) {
  auto bytes = Profile({1, 2}, k_uses, k_names, k_strings, 55).serialize();
  bytes[16] ^= std::byte{1};
  const ContentHash hash = hash_bytes(std::span(bytes).subspan(16));
  std::memcpy(bytes.data(), &hash, sizeof hash);
  EXPECT_TRUE(is_error(Profile::parse(bytes), ErrorKind::unsupported, "version"));
}

class ProfilerTest : public testing::Test {
protected:
  ProfilerTest() : m_base(make_base()), m_profiler(*Profiler::make(*BtfBase::parse(raw(m_base)))) {
    ::btf__add_ptr(m_full.get(), ::btf__add_int(m_full.get(), "long", 8, BTF_INT_SIGNED));
    ::btf__add_fwd(m_full.get(), "node", BTF_FWD_STRUCT);
    ::btf__add_int(m_full.get(), "own", 2, 0);
    ::btf__add_btf(m_split.get(), m_full.get());
    ::btf__dedup(m_split.get(), nullptr);
  }
  static std::vector<std::byte> raw(const BtfHandle& object) { return raw_bytes(object.get()); }
  [[nodiscard]] std::uint32_t id(const char* name, std::uint32_t kind) const {
    return static_cast<std::uint32_t>(::btf__find_by_name_kind(m_base.get(), name, kind));
  }

  BtfHandle m_base;
  Profiler m_profiler;
  BtfHandle m_full{::btf__new_empty()};
  BtfHandle m_split{::btf__new_empty_split(m_base.get())};
};

TEST_F(ProfilerTest, FindsWhatTheModuleUses) {
  const auto profile = m_profiler.profile(raw(m_full), raw(m_split));
  ASSERT_TRUE(is_ok(profile));
  EXPECT_EQ(profile->uses(), std::vector{id("long", BTF_KIND_INT)});
  EXPECT_EQ(profile->names(), std::vector{id("node", BTF_KIND_STRUCT)});
  EXPECT_EQ(profile->strings(), std::vector<std::uint32_t>());
  EXPECT_EQ(profile->split(), hash_bytes(raw(m_split)));
}

TEST_F(ProfilerTest, FindsStringsWithoutTypes) {
  for (btf* object : {m_full.get(), m_split.get()})
    for (const char* string : {"values", "nobodys"})
      ASSERT_GE(::btf__add_str(object, string), 0);
  const int hidden =
      ::btf__find_str(m_base.get(), "values"); // a member, where node is declared only
  ASSERT_GT(hidden, 0);
  const auto profile = m_profiler.profile(raw(m_full), raw(m_split));
  ASSERT_TRUE(is_ok(profile));
  EXPECT_EQ(profile->strings(), std::vector{static_cast<std::uint32_t>(hidden)});
  ASSERT_GE(::btf__add_str(m_full.get(), "more"), 0);
  EXPECT_TRUE(is_error(m_profiler.profile(raw(m_full), raw(m_split)), ErrorKind::unsupported));
}

TEST_F(ProfilerTest, FullBtfOfAnotherModule) {
  ::btf__add_int(m_full.get(), "second", 2, 0);
  EXPECT_TRUE(is_error(m_profiler.profile(raw(m_full), raw(m_split)), ErrorKind::unsupported));
}

TEST_F(ProfilerTest, Damaged) {
  auto bytes = raw(m_full);
  bytes[0] = std::byte{0};
  EXPECT_TRUE(is_error(m_profiler.profile(bytes, raw(m_split)), ErrorKind::malformed));
  EXPECT_TRUE(is_error(m_profiler.profile(raw(m_full), bytes), ErrorKind::malformed));
}

} // namespace
} // namespace kbtf::test
