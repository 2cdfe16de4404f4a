// SPDX-License-Identifier: GPL-2.0-only
// .BTF_ids on a changed base: as resolve_btfids fills it after a clean link.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/btf_builder.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Words = std::vector<std::uint32_t>;

std::vector<std::byte> to_bytes(const Words& words) {
  const auto raw = std::as_bytes(std::span(words));
  return {raw.begin(), raw.end()};
}

// Two functions and a struct; `swapped` puts the functions in the other order, `more` adds one.
struct Base {
  BtfBuilder builder;
  std::uint32_t one = 0, two = 0, sock = 0, sock_name = 0;
  std::shared_ptr<const BtfBase> parsed;

  explicit Base(bool swapped, const std::string& more = "") {
    const auto proto = builder.add_proto();
    if (!more.empty())
      builder.add_func(more, proto);
    if (swapped)
      two = builder.add_func("two", proto);
    one = builder.add_func("one", proto);
    if (!swapped)
      two = builder.add_func("two", proto);
    sock_name = builder.string("sock");
    sock = builder.add(sock_name, info(BTF_KIND_STRUCT), 0);
    parsed = *BtfBase::parse(builder.bytes());
  }
};

// A module with function own.
struct Split {
  std::uint32_t own = 0;
  std::vector<std::byte> bytes;
  explicit Split(const BtfBase& base) {
    BtfBuilder builder(base.type_count(), base.string_size());
    own = builder.add_func("own", builder.add_proto());
    bytes = builder.bytes();
  }
};

class RenumberIds : public testing::Test {
protected:
  Renumbered move(const Base& to, const Words& ids, const std::vector<IdSymbol>& symbols) {
    auto map = BaseMap::make(m_from.parsed, to.parsed);
    if (!map)
      throw std::runtime_error(map.error().text);
    return renumber_ids(**map, m_split.bytes, Split(*to.parsed).bytes, to_bytes(ids), symbols);
  }

  Base m_from{false};
  Split m_split{*m_from.parsed};
  const std::vector<IdSymbol> m_set8 = {{"__BTF_ID__set8__s", 0, 32},
                                        {"__BTF_ID__func__own__1", 8, 4},
                                        {"__BTF_ID__func__two__2", 16, 4},
                                        {"__BTF_ID__func__one__3", 24, 4}};
};

TEST_F(RenumberIds, SortsSetsAgainWithFlags) {
  const Base to(true);
  const Split split(*to.parsed);
  const auto made = move(to, {3, 7, m_from.one, 10, m_from.two, 20, m_split.own, 30}, m_set8);
  ASSERT_TRUE(made) << to_string(made.refusal) << made.detail;
  EXPECT_EQ(made.bytes, to_bytes({3, 7, to.two, 20, to.one, 10, split.own, 30}));
}

TEST_F(RenumberIds, ListsStayInOrder) {
  const Base to(true, "more");
  const std::vector<IdSymbol> list = {{"__BTF_ID__struct__sock__1", 0, 4},
                                      {"__BTF_ID__func__one__2", 4, 4},
                                      {"__BTF_ID__func__one__3", 12, 4},
                                      {"other", 8, 4}};
  const auto made = move(to, {m_from.sock, m_from.one, 99, m_from.one}, list);
  ASSERT_TRUE(made) << to_string(made.refusal) << made.detail;
  EXPECT_EQ(made.bytes, to_bytes({to.sock, to.one, 99, to.one}));
}

TEST_F(RenumberIds, NameNowInBase) {
  EXPECT_EQ(move(Base(false, "own"), {m_split.own}, {{"__BTF_ID__func__own__1", 0, 4}}).refusal,
            RefusalReason::ids_ambiguous);
}

TEST_F(RenumberIds, AmbiguousName) {
  Base to(false);
  to.builder.add(to.sock_name, info(BTF_KIND_STRUCT), 0);
  to.parsed = *BtfBase::parse(to.builder.bytes());
  EXPECT_EQ(move(to, {m_from.sock}, {{"__BTF_ID__struct__sock__1", 0, 4}}).refusal,
            RefusalReason::ids_ambiguous);
}

TEST_F(RenumberIds, Unresolved) {
  EXPECT_EQ(move(Base(true), {0}, {{"__BTF_ID__func__nowhere__1", 0, 4}}).refusal,
            RefusalReason::ids_ambiguous);
}

TEST_F(RenumberIds, Damaged) {
  EXPECT_EQ(move(Base(true), {m_from.two}, {{"__BTF_ID__func__one__1", 0, 4}}).refusal,
            RefusalReason::malformed);
  EXPECT_EQ(move(Base(true), {m_from.one}, {{"__BTF_ID__func__one__1", 8, 4}}).refusal,
            RefusalReason::malformed);
}

} // namespace
} // namespace kbtf::test
