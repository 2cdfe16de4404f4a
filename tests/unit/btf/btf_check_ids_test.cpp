// SPDX-License-Identifier: GPL-2.0-only
// .BTF_ids, laid out as include/linux/btf_ids.h does and filled in as resolve_btfids does.
#include "daemon/btf/btf_check.hpp"

#include "tests/unit/btf_builder.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

// A base with func base_fn and struct sk_buff, a split with funcs alpha, beta, gamma.
class BtfIds : public testing::Test {
protected:
  BtfIds() {
    BtfBuilder below;
    m_struct = below.add(below.string("sk_buff"), info(BTF_KIND_STRUCT), 0);
    m_base_fn = below.add_func("base_fn", below.add_proto());
    m_base = *BtfBase::parse(below.bytes());
    BtfBuilder split(m_base->type_count(), m_base->string_size());
    const auto proto = split.add_proto();
    m_alpha = split.add_func("alpha", proto);
    m_beta = split.add_func("beta", proto);
    m_gamma = split.add_func("gamma__x", proto);
    m_split = split.bytes();
    m_past_end = split.next_id();
  }

  [[nodiscard]] Status check(const std::vector<std::uint32_t>& words,
                             const std::vector<IdSymbol>& symbols) const {
    return check_btf_ids(m_base.get(), m_split, std::as_bytes(std::span(words)), symbols);
  }
  void expect_accepted(const std::vector<std::uint32_t>& words,
                       const std::vector<IdSymbol>& symbols) const {
    const auto status = check(words, symbols);
    EXPECT_TRUE(status) << status.error().text;
  }
  void expect_refused(const std::vector<std::uint32_t>& words, const std::vector<IdSymbol>& symbols,
                      const std::string& what) const {
    const auto status = check(words, symbols);
    ASSERT_FALSE(status) << "accepted, expected: " << what;
    EXPECT_EQ(status.error().kind, ErrorKind::malformed);
    EXPECT_NE(status.error().text.find(what), std::string::npos) << status.error().text;
  }

  std::shared_ptr<const BtfBase> m_base;
  std::vector<std::byte> m_split;
  std::uint32_t m_struct = 0, m_base_fn = 0, m_alpha = 0, m_beta = 0, m_gamma = 0, m_past_end = 0;

  const std::vector<IdSymbol> m_list = {{"list", 0, 0}, // BTF_ID_LIST's own symbol
                                        {"__BTF_ID__struct__sk_buff__12", 0, 4},
                                        {"__BTF_ID__func__base_fn__34", 4, 4},
                                        {"__BTF_ID__func__gamma__x__5", 8, 4}};
  // Source order gamma, alpha: not the order of ids.
  const std::vector<IdSymbol> m_set = {{"__BTF_ID__set__s", 0, 12},
                                       {"__BTF_ID__func__gamma__x__1", 4, 4},
                                       {"__BTF_ID__func__alpha__2", 8, 4}};
  const std::vector<IdSymbol> m_set8 = {{"__BTF_ID__set8__s8", 0, 24},
                                        {"__BTF_ID__func__gamma__x__1", 8, 4},
                                        {"__BTF_ID__func__alpha__2", 16, 4}};
};

TEST_F(BtfIds, AcceptsList) {
  expect_accepted({m_struct, m_base_fn, m_gamma}, m_list);
}

TEST_F(BtfIds, AcceptsSetsSortedAwayFromTheirSymbols) {
  expect_accepted({2, m_alpha, m_gamma}, m_set);
  expect_accepted({2, 1, m_alpha, 16, m_gamma, 2}, m_set8);
}

TEST_F(BtfIds, AcceptsEmptySection) {
  expect_accepted({}, {});
  expect_accepted({1, 2, 3}, {}); // without symbols nothing is known of the words
}

TEST_F(BtfIds, RefusesIdOutOfRange) {
  expect_refused({m_past_end, m_base_fn, m_gamma}, m_list, "out of range");
  expect_refused({2, m_alpha, m_past_end}, m_set, "out of range");
  expect_refused({2, 1, m_alpha, 0, UINT32_MAX, 0}, m_set8, "out of range");
}

TEST_F(BtfIds, RefusesWrongKindAndName) {
  expect_refused({m_alpha, m_base_fn, m_gamma}, m_list, "is func alpha, not struct sk_buff");
  expect_refused({m_struct, m_alpha, m_gamma}, m_list, "not func base_fn");
  expect_refused({2, m_alpha, m_beta + 1}, {m_set[0], m_set[1], {"__BTF_ID__func__beta__3", 8, 4}},
                 "which is not in the set");
}

TEST_F(BtfIds, RefusesSameIdTwiceInSet) {
  expect_refused({2, m_alpha, m_alpha}, m_set, "which is not in the set");
}

TEST_F(BtfIds, RefusesUnsortedSets) {
  expect_refused({2, m_gamma, m_alpha}, m_set, "not sorted at entry 1");
  expect_refused({2, 1, m_gamma, 0, m_alpha, 0}, m_set8, "not sorted at entry 1");
}

TEST_F(BtfIds, RefusesLyingCounts) {
  expect_refused({3, m_alpha, m_gamma}, m_set, "its count is 3");
  expect_refused({UINT32_MAX, 1, m_alpha, 0, m_gamma, 0}, m_set8, "its count is 4294967295");
  expect_refused({1, 1, m_alpha, 0, m_gamma, 0}, m_set8, "its count is 1");
}

TEST_F(BtfIds, ZeroOnlyForMissingTypes) {
  expect_refused({m_struct, 0, m_gamma}, m_list, "no id for func base_fn");
  expect_refused({2, 0, m_gamma}, m_set, "no id for func alpha");
  std::vector<IdSymbol> absent = m_set;
  absent[2].name = "__BTF_ID__func__compiled_out__2";
  expect_accepted({2, 0, m_gamma}, absent);
  expect_accepted({0}, {{"__BTF_ID__typedef__nowhere_t__2", 0, 4}});
}

TEST_F(BtfIds, RefusesSymbolsOutsideTheSection) {
  const std::vector<std::uint32_t> words = {1, m_alpha};
  expect_refused(words, {{"__BTF_ID__func__alpha__1", 8, 4}}, "outside");
  expect_refused(words, {{"__BTF_ID__func__alpha__1", UINT64_MAX - 3, 4}}, "outside");
  expect_refused(words, {{"__BTF_ID__func__alpha__1", 2, 4}}, "outside");
  expect_refused(words, {{"__BTF_ID__set__s", 0, 12}}, "outside");
  expect_refused(words, {{"__BTF_ID__set__s", 4, UINT64_MAX - 3}}, "outside");
}

TEST_F(BtfIds, RefusesOddSymbols) {
  const std::vector<std::uint32_t> words = {1, m_alpha, 0, 0};
  expect_refused(words, {{"__BTF_ID__enum__x__1", 0, 4}}, "unknown kind");
  expect_refused(words, {{"__BTF_ID__", 0, 4}}, "unknown kind");
  expect_refused(words, {{"__BTF_ID__func__", 0, 4}}, "no name");
  expect_refused(words, {{"__BTF_ID__func____1", 0, 4}}, "no name");
  expect_refused(words, {{"__BTF_ID__set__s", 0, 0}}, "a set of 0 bytes");
  expect_refused(words, {{"__BTF_ID__set__s", 0, 7}}, "a set of 7 bytes");
  expect_refused(words, {{"__BTF_ID__set8__s", 0, 12}}, "a set of 12 bytes");
  expect_refused({1, m_alpha, 0}, {{"__BTF_ID__set__a", 0, 8}, {"__BTF_ID__set__b", 4, 4}},
                 "overlaps");
  expect_refused(words, {{"__BTF_ID__set8__s", 0, 16}, {"__BTF_ID__func__alpha__1", 4, 4}},
                 "not at the place of an entry");
}

} // namespace
} // namespace kbtf::test
