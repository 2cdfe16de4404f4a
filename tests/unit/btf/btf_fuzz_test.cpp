// SPDX-License-Identifier: GPL-2.0-only
// Damages good BTF at every position, always the same way, and hands it to the checks. They may
// say yes or no, but not crash (run under ASan and UBSan in CI); and what they accept, libbpf must
// accept as well.
#include "daemon/btf/btf_check.hpp"

#include "daemon/btf/btf_format.hpp"
#include "tests/unit/libbpf_btf.hpp"

#include <bpf/libbpf.h>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

namespace kbtf::test {
namespace {

class BtfFuzz : public testing::Test {
protected:
  BtfFuzz()
      : m_libbpf_base(make_base()), m_base_bytes(raw_bytes(m_libbpf_base.get())),
        m_split_bytes(raw_bytes(make_split(m_libbpf_base.get()).get())),
        m_base(*BtfBase::parse(m_base_bytes)) {
    ::libbpf_set_print(nullptr); // it reports each refusal otherwise
  }

  // A copy on the heap of exactly this size, so that ASan sees one byte too many.
  void check_split(std::span<const std::byte> bytes) {
    const std::vector<std::byte> exact(bytes.begin(), bytes.end());
    if (check_split_btf(m_base.get(), exact)) {
      ++m_accepted;
      EXPECT_TRUE(parse_with_libbpf(exact, m_libbpf_base.get()));
    }
    (void)check_btf_ids(m_base.get(), exact, exact, {{"__BTF_ID__func__walk_m__1", 0, 4}});
  }
  void check_base(std::span<const std::byte> bytes) {
    const std::vector<std::byte> exact(bytes.begin(), bytes.end());
    const auto base = BtfBase::parse(exact);
    if (!base)
      return;
    ++m_accepted;
    EXPECT_TRUE(parse_with_libbpf(exact));
    (void)check_split_btf(base->get(), m_split_bytes); // may fit or not
  }

  BtfHandle m_libbpf_base;
  std::vector<std::byte> m_base_bytes;
  std::vector<std::byte> m_split_bytes;
  std::shared_ptr<const BtfBase> m_base;
  std::size_t m_accepted = 0;
};

TEST_F(BtfFuzz, TruncatedAnywhereIsRefused) {
  for (std::size_t size = 0; size < m_split_bytes.size(); ++size)
    check_split(std::span(m_split_bytes).first(size));
  for (std::size_t size = 0; size < m_base_bytes.size(); ++size)
    check_base(std::span(m_base_bytes).first(size));
  EXPECT_EQ(m_accepted, 0U);
}

TEST_F(BtfFuzz, FlippedBytes) {
  for (const unsigned flip : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0xffU}) {
    for (std::size_t at = 0; at < m_split_bytes.size(); ++at) {
      auto bytes = m_split_bytes;
      bytes[at] ^= static_cast<std::byte>(flip);
      check_split(bytes);
    }
    for (std::size_t at = 0; at < m_base_bytes.size(); ++at) {
      auto bytes = m_base_bytes;
      bytes[at] ^= static_cast<std::byte>(flip);
      check_base(bytes);
    }
  }
  EXPECT_GT(m_accepted, 0U); // for example another letter in a name
}

TEST_F(BtfFuzz, ReplacedWords) {
  const std::uint32_t values[] = {0,          1,          2,          0x7fffffff, 0x80000000,
                                  0xffffffff, 0xfffffffe, 0x00ffffff, 0x0400ffff, 0x0d00ffff};
  for (std::size_t at = 0; at + 4 <= m_split_bytes.size(); at += 4)
    for (const std::uint32_t value : values) {
      auto bytes = m_split_bytes;
      std::memcpy(bytes.data() + at, &value, sizeof value);
      check_split(bytes);
    }
}

TEST_F(BtfFuzz, ManyDamagesAtOnce) {
  std::mt19937 random(20240601); // fixed: a failure must come back
  for (int round = 0; round < 20000; ++round) {
    auto bytes = m_split_bytes;
    for (unsigned n = random() % 4 + 1; n > 0; --n) {
      const std::size_t at = k_short_btf_header + random() % (bytes.size() - k_short_btf_header);
      bytes[at] = static_cast<std::byte>(random() % 3 == 0 ? random() % 256 : random() % 48);
    }
    check_split(bytes);
  }
}

} // namespace
} // namespace kbtf::test
