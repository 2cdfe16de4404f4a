// SPDX-License-Identifier: GPL-2.0-only
// Which of two types that both fit libbpf takes: TableOrder says it, libbpf is asked.
#include "daemon/renumber/table_order.hpp"

#include "tests/unit/libbpf_btf.hpp"
#include "tests/unit/renumber/base_model.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Handle = BaseModel::Handle;

BtfHandle take(const std::vector<std::byte>& bytes) {
  return BtfHandle(::btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
}

void add_filler(BaseModel& model, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    model.append(BTF_KIND_STRUCT, "filler" + std::to_string(model.order().size()), 0);
}

// Two structs of one name: one with a pointer to a declared struct, one to a defined one.
std::vector<std::uint32_t> add_twins(BaseModel& model, std::size_t between) {
  const Handle declared = model.append(BTF_KIND_FWD, "other", 0);
  const Handle defined = model.append(BTF_KIND_STRUCT, "other", 0);
  const Handle first = model.append(BTF_KIND_PTR, "", declared);
  const Handle second = model.append(BTF_KIND_PTR, "", defined);
  const Handle one = model.insert_struct(model.order().size(), "twin", {{"to", first}});
  add_filler(model, between);
  const Handle two = model.insert_struct(model.order().size(), "twin", {{"to", second}});
  return {one, two};
}

// The base's type that a module's declaration-only twin becomes.
std::uint32_t ask_libbpf(btf* base) {
  const BtfHandle split(::btf__new_empty_split(base));
  const int declared = ::btf__add_fwd(split.get(), "other", BTF_FWD_STRUCT);
  const int pointer = ::btf__add_ptr(split.get(), declared);
  const int twin = ::btf__add_struct(split.get(), "twin", 8);
  ::btf__add_field(split.get(), "to", pointer, 0, 0);
  ::btf__add_var(split.get(), "marker", BTF_VAR_STATIC, twin);
  EXPECT_EQ(::btf__dedup(split.get(), nullptr), 0);
  return ::btf__type_by_id(split.get(), ::btf__type_cnt(split.get()) - 1)->type;
}

TEST(TableOrder, MatchesLibbpf) {
  std::size_t first_wins = 0;
  std::size_t asked = 0;
  for (std::size_t before = 0; before < 60; ++before)
    for (const std::size_t between : {0U, 3U, 20U}) {
      BaseModel model;
      add_filler(model, before);
      const auto twins = add_twins(model, between);
      add_filler(model, before / 2);
      const auto bytes = model.bytes();
      const auto view = BtfView::parse(bytes);
      ASSERT_TRUE(view) << view.error().text;
      const TableOrder order(*view);
      if (order.room() < 6) // the module's own types would make the table grow
        continue;
      const BtfHandle base = take(bytes);
      ASSERT_TRUE(base);
      ++asked;
      first_wins += order.of(twins).front() == twins.front() ? 1U : 0U;
      EXPECT_EQ(order.of(twins).front(), ask_libbpf(base.get()))
          << before << " types before, " << between << " between";
    }
  EXPECT_GT(first_wins, asked / 10);
  EXPECT_LT(first_wins, asked - asked / 10);
}

} // namespace
} // namespace kbtf::test
