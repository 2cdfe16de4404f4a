// SPDX-License-Identifier: GPL-2.0-only
// Rules between types: ids, loops, sizes, tags; and where the checks must be lenient, since C
// allows it and pahole writes it.
#include "daemon/btf/btf_check.hpp"

#include "tests/unit/btf_builder.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

struct Case {
  const char* name;
  std::function<void(BtfBuilder&)> build; // on top of type 1, an int of 4 bytes
  const char* refusal;                    // part of the text; empty for good BTF
};

class BtfTypeRules : public testing::TestWithParam<Case> {};

TEST_P(BtfTypeRules, Hold) {
  BtfBuilder builder;
  builder.add_int();
  GetParam().build(builder);
  const auto status = check_split_btf(nullptr, builder.bytes());
  const std::string refusal = GetParam().refusal;
  if (refusal.empty()) {
    EXPECT_TRUE(status) << status.error().text;
    return;
  }
  ASSERT_FALSE(status) << "accepted";
  EXPECT_EQ(status.error().kind, ErrorKind::malformed);
  EXPECT_NE(status.error().text.find(refusal), std::string::npos) << status.error().text;
}

const Case k_reference_cases[] = {
    {"id", [](BtfBuilder& b) { b.add_ptr(3); }, "type 2: type id 3 out of range (max 2)"},
    {"id_huge", [](BtfBuilder& b) { b.add_ptr(UINT32_MAX); }, "out of range"},
    {"member_id",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 2), 8, {0, 1, 0, 0, 99999, 32});
     },
     "type 2: member 1: type id 99999 out of range (max 2)"},
    {"parameter_id",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_FUNC_PROTO, 1), 0, {0, 77});
     },
     "parameter 0: type id 77 out of range"},
    {"func_of_int", [](BtfBuilder& b) { b.add_func("f", 1); }, "func of type id 1, which is a int"},
    {"ptr_to_func", [](BtfBuilder& b) { b.add_ptr(b.add_func("f", b.add_proto())); },
     "which is a func"},
    {"datasec_of_int",
     [](BtfBuilder& b) {
       b.add(b.string(".d"), info(BTF_KIND_DATASEC, 1), 4, {1, 0, 4});
     },
     "variable 0: datasec of type id 1"},
    {"decl_tag_of_int",
     [](BtfBuilder& b) { b.add(b.string("t"), info(BTF_KIND_DECL_TAG), 1, {UINT32_MAX}); },
     "decl_tag of type id 1"},
    {"decl_tag_component",
     [](BtfBuilder& b) {
       const auto type = b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 1, 0});
       b.add(b.string("t"), info(BTF_KIND_DECL_TAG), type, {1});
     },
     "component_idx 1 out of range"},
    {"decl_tag_parameter",
     [](BtfBuilder& b) {
       const auto proto = b.add(0, info(BTF_KIND_FUNC_PROTO, 1), 0, {b.string("p"), 1});
       b.add(b.string("t"), info(BTF_KIND_DECL_TAG), b.add_func("f", proto), {0});
     },
     ""},
    {"decl_tag_typedef_component",
     [](BtfBuilder& b) {
       b.add(b.string("t"), info(BTF_KIND_DECL_TAG), b.add_typedef("a", 1), {0});
     },
     "component_idx 0 out of range"},
    {"decl_tag_of_broken_func",
     [](BtfBuilder& b) {
       b.add(b.string("t"), info(BTF_KIND_DECL_TAG), 3, {0});
       b.add_func("f", 4711);
     },
     "type 2: marks a func"},
    {"parameter_void",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_FUNC_PROTO, 2), 0, {0, 0, 0, 1});
     },
     "parameter 0: is of type void"},
    {"varargs_with_name",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_FUNC_PROTO, 1), 0, {b.string("p"), 0});
     },
     "parameter 0: is of type void"},
    {"result_const_void", [](BtfBuilder& b) { b.add_proto(b.add_const(0)); }, ""},
    {"parameter_without_name",
     [](BtfBuilder& b) {
       b.add_func("f", b.add(0, info(BTF_KIND_FUNC_PROTO, 1), 0, {0, 1}));
     },
     ""},
};

const Case k_loop_cases[] = {
    {"typedef_of_itself", [](BtfBuilder& b) { b.add_typedef("t", 2); }, "contains itself"},
    {"typedef_const_loop",
     [](BtfBuilder& b) {
       b.add_typedef("t", 3);
       b.add_const(2);
     },
     "contains itself"},
    {"struct_in_itself",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 2, 0});
     },
     "contains itself"},
    {"struct_array_loop",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 3, 0});
       b.add(0, info(BTF_KIND_ARRAY), 0, {2, 1, 1});
     },
     "contains itself"},
    {"array_index_loop",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ARRAY), 0, {1, 2, 1});
     },
     "contains itself"},
    {"ptr_to_itself", [](BtfBuilder& b) { b.add_ptr(2); }, "loop of pointers"},
    {"ptr_const_loop",
     [](BtfBuilder& b) {
       b.add_ptr(3);
       b.add_const(2);
     },
     "loop of pointers"},
    {"struct_behind_ptr",
     [](BtfBuilder& b) {
       b.add(b.string("s"), info(BTF_KIND_STRUCT, 1), 8, {0, 3, 0});
       b.add_ptr(2);
     },
     ""},
    {"deep_nesting", // far deeper than a recursive walk would survive
     [](BtfBuilder& b) {
       for (std::uint32_t id = 2; id < 200000; ++id)
         b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, id + 1, 0});
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 1, 0});
     },
     ""},
    {"many_pointers",
     [](BtfBuilder& b) {
       for (std::uint32_t id = 2; id < 200000; ++id)
         b.add_ptr(id + 1);
       b.add_ptr(1);
     },
     ""},
    {"modifiers_32",
     [](BtfBuilder& b) {
       for (std::uint32_t id = 2; id < 33; ++id)
         b.add_const(id + 1);
       b.add_const(1);
     },
     ""},
    {"modifiers_33",
     [](BtfBuilder& b) {
       for (std::uint32_t id = 2; id < 34; ++id)
         b.add_const(id + 1);
       b.add_const(1);
     },
     "more than 32 modifiers"},
    {"type_tag_behind_const",
     [](BtfBuilder& b) { b.add_const(b.add(b.string("user"), info(BTF_KIND_TYPE_TAG), 1)); },
     "type_tag behind"},
    {"type_tag_before_const",
     [](BtfBuilder& b) { b.add(b.string("user"), info(BTF_KIND_TYPE_TAG), b.add_const(1)); }, ""},
};

constexpr std::uint32_t bit_field(std::uint32_t width, std::uint32_t bit) {
  return width << 24 | bit;
}

const Case k_size_cases[] = {
    {"member_reaches_out",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 1, 8});
     },
     "member 0: ends behind its struct of 4 bytes"},
    {"member_below_typedef_reaches_out",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 2, {0, b.next_id() + 1, 0});
       b.add_typedef("t", 1);
     },
     "ends behind"},
    {"flexible_array",
     [](BtfBuilder& b) {
       const auto array = b.add(0, info(BTF_KIND_ARRAY), 0, {1, 1, 0});
       b.add(0, info(BTF_KIND_STRUCT, 2), 4, {0, 1, 0, 0, array, 32});
     },
     ""},
    {"member_fwd",
     [](BtfBuilder& b) {
       const auto fwd = b.add(b.string("x"), info(BTF_KIND_FWD), 0);
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, fwd, 0});
     },
     "member 0: its type has no size"},
    {"member_between_bytes",
     [](BtfBuilder& b) {
       const auto ptr = b.add_ptr(1);
       b.add(0, info(BTF_KIND_STRUCT, 1), 16, {0, ptr, 4});
     },
     "does not start at a byte"},
    {"bit_fields",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 2, true), 4, {0, 1, bit_field(3, 0), 0, 1, bit_field(29, 3)});
     },
     ""},
    {"bit_field_too_wide",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1, true), 8, {0, 1, bit_field(33, 0)});
     },
     "wider than its int"},
    {"bit_field_reaches_out",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1, true), 4, {0, 1, bit_field(30, 3)});
     },
     "ends behind"},
    {"bit_field_of_ptr",
     [](BtfBuilder& b) {
       const auto ptr = b.add_ptr(1);
       b.add(0, info(BTF_KIND_STRUCT, 1, true), 8, {0, ptr, bit_field(3, 0)});
     },
     "bit field of a ptr"},
    {"array_of_fwd",
     [](BtfBuilder& b) {
       const auto fwd = b.add(b.string("x"), info(BTF_KIND_FWD), 0);
       b.add(0, info(BTF_KIND_ARRAY), 0, {fwd, 1, 1});
     },
     "element has no size"},
    {"array_index_no_int",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ARRAY), 0, {1, b.add_ptr(1), 1});
     },
     "index is no int"},
    {"array_overflow",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ARRAY), 0, {1, 1, 0x40000000});
     },
     "larger than"},
    {"var_of_fwd",
     [](BtfBuilder& b) {
       const auto fwd = b.add(b.string("x"), info(BTF_KIND_FWD), 0);
       b.add(b.string("v"), info(BTF_KIND_VAR), fwd, {0});
     },
     "var: its type has no size"},
};

const auto case_name = [](const auto& test) { return std::string(test.param.name); };
INSTANTIATE_TEST_SUITE_P(References, BtfTypeRules, testing::ValuesIn(k_reference_cases), case_name);
INSTANTIATE_TEST_SUITE_P(Loops, BtfTypeRules, testing::ValuesIn(k_loop_cases), case_name);
INSTANTIATE_TEST_SUITE_P(Sizes, BtfTypeRules, testing::ValuesIn(k_size_cases), case_name);

TEST(BtfSplit, SeesTypesAndStringsOfItsBase) {
  BtfBuilder below;
  below.add_int();
  const auto name = below.string("shared");
  const auto base = BtfBase::parse(below.bytes());
  ASSERT_TRUE(base) << base.error().text;
  BtfBuilder split((*base)->type_count(), (*base)->string_size());
  split.add(name, info(BTF_KIND_STRUCT, 1), 4, {split.string("m"), 1, 0});
  const auto status = check_split_btf(base->get(), split.bytes());
  EXPECT_TRUE(status) << status.error().text;

  BtfBuilder small((*base)->type_count(), (*base)->string_size());
  small.add(name, info(BTF_KIND_STRUCT, 1), 2, {0, 1, 0}); // the base's int does not fit
  EXPECT_FALSE(check_split_btf(base->get(), small.bytes()));
}

// One name of megabytes, shared by all: walking it for each type would take hours.
TEST(BtfHostile, SharedLongNameIsCheap) {
  BtfBuilder builder;
  const auto name = builder.string(std::string(8 << 20, 'a'));
  for (int i = 0; i < 400000; ++i)
    builder.add(name, info(BTF_KIND_INT), 8, {64});
  EXPECT_TRUE(BtfBase::parse(builder.bytes()));
}

} // namespace
} // namespace kbtf::test
