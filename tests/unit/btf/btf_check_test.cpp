// SPDX-License-Identifier: GPL-2.0-only
// Rules of header, strings and single types. Each damaged BTF is built by hand and differs from a
// good one in what the test's name says.
#include "daemon/btf/btf_check.hpp"

#include "tests/unit/btf_builder.hpp"
#include "tests/unit/libbpf_btf.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

Status check_alone(const BtfBuilder& builder) {
  return check_split_btf(nullptr, builder.bytes());
}

// Expects a refusal whose text has `what` in it.
void expect_refused(const Status& status, const std::string& what,
                    ErrorKind kind = ErrorKind::malformed) {
  ASSERT_FALSE(status) << "accepted, expected: " << what;
  EXPECT_EQ(to_string(status.error().kind), std::string(to_string(kind)));
  EXPECT_NE(status.error().text.find(what), std::string::npos) << status.error().text;
}

void expect_accepted(const Status& status) {
  EXPECT_TRUE(status) << status.error().text;
}

TEST(BtfCheck, AcceptsEveryKindFromLibbpf) {
  const BtfHandle base = make_base();
  const BtfHandle split = make_split(base.get());
  const auto checked_base = BtfBase::parse(raw_bytes(base.get()));
  ASSERT_TRUE(checked_base) << checked_base.error().text;
  EXPECT_EQ((*checked_base)->type_count(), ::btf__type_cnt(base.get()));
  expect_accepted(check_split_btf(checked_base->get(), raw_bytes(split.get())));
}

TEST(BtfCheck, AcceptsEmptySplit) {
  const BtfHandle base = make_base();
  const auto checked_base = BtfBase::parse(raw_bytes(base.get()));
  const BtfBuilder empty((*checked_base)->type_count(), (*checked_base)->string_size());
  expect_accepted(check_split_btf(checked_base->get(), empty.bytes()));
}

TEST(BtfCheck, SplitNeedsItsBase) {
  const BtfHandle base = make_base();
  const BtfHandle split = make_split(base.get());
  EXPECT_FALSE(check_split_btf(nullptr, raw_bytes(split.get())));
}

TEST(BtfHeader, RefusesLyingLengths) {
  BtfBuilder good;
  good.add_int();
  expect_accepted(check_alone(good));
  const auto refused = [&](auto change, const std::string& what,
                           ErrorKind kind = ErrorKind::malformed) {
    BtfHeader header = good.header();
    change(header);
    expect_refused(check_split_btf(nullptr, good.bytes(header)), what, kind);
  };
  refused([](BtfHeader& h) { h.magic = 0x9feb; }, "byte order", ErrorKind::unsupported);
  refused([](BtfHeader& h) { h.magic = 0x1234; }, "magic");
  refused([](BtfHeader& h) { h.version = 2; }, "version 2", ErrorKind::unsupported);
  refused([](BtfHeader& h) { h.flags = 1; }, "flags 1", ErrorKind::unsupported);
  refused([](BtfHeader& h) { h.hdr_len = 8; }, "header length 8");
  refused([](BtfHeader& h) { h.hdr_len = UINT32_MAX; }, "header length");
  refused([](BtfHeader& h) { h.hdr_len += 4; }, "unknown fields", ErrorKind::unsupported);
  refused([](BtfHeader& h) { h.type_off = 4; }, "do not fill");
  refused([](BtfHeader& h) { h.type_len += 4; }, "do not fill");
  refused([](BtfHeader& h) { h.type_len = UINT32_MAX; }, "do not fill");
  refused([](BtfHeader& h) { h.str_off = UINT32_MAX; }, "do not fill");
  refused([](BtfHeader& h) { h.str_len -= 1; }, "do not fill");
  refused([](BtfHeader& h) { h.str_len = UINT32_MAX; }, "do not fill");
  expect_refused(check_split_btf(nullptr, {}), "cut short");
  expect_refused(check_alone(BtfBuilder()), "no types");
}

TEST(BtfStrings, RefusesUnterminatedAndUnanchored) {
  BtfBuilder good;
  good.add_int();
  auto bytes = good.bytes();
  bytes.back() = std::byte{'x'};
  expect_refused(check_split_btf(nullptr, bytes), "does not end");
  bytes = good.bytes();
  bytes[k_short_btf_header + 16] = std::byte{'x'};
  expect_refused(check_split_btf(nullptr, bytes), "first string");
}

struct Case {
  const char* name;
  std::function<void(BtfBuilder&)> build; // on top of type 1, an int of 4 bytes
  const char* refusal;                    // part of the text; empty for good BTF
};

class BtfRules : public testing::TestWithParam<Case> {};

TEST_P(BtfRules, Hold) {
  BtfBuilder builder;
  builder.add_int();
  GetParam().build(builder);
  const std::string refusal = GetParam().refusal;
  if (refusal.empty())
    expect_accepted(check_alone(builder));
  else
    expect_refused(check_alone(builder), refusal);
}

const Case k_meta_cases[] = {
    {"kind_zero", [](BtfBuilder& b) { b.add(0, 0, 0); }, "type 2: kind 0"},
    {"vlen_bits", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_PTR) | 1 << 20, 1); }, "vlen 1048576"},
    {"vlen_behind_end",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 9), 4, {0, 1, 0});
     },
     "struct with vlen 9 does not fit"},
    {"vlen_of_ptr", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_PTR, 1), 1); }, "vlen 1 instead"},
    {"kflag_of_const", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_CONST, 0, true), 1); },
     "kind_flag"},
    {"kflag_of_tags",
     [](BtfBuilder& b) { b.add(b.string("attribute"), info(BTF_KIND_TYPE_TAG, 0, true), 1); }, ""},
    {"name_offset", [](BtfBuilder& b) { b.add(4711, info(BTF_KIND_FWD), 0); },
     "name offset 4711 out of range"},
    {"name_offset_huge", [](BtfBuilder& b) { b.add(UINT32_MAX, info(BTF_KIND_FWD), 0); },
     "out of range"},
    {"member_name_offset",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {99999, 1, 0});
     },
     "type 2: member 0: name offset 99999 out of range"},
    {"fwd_without_name", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_FWD), 0); }, "no name"},
    {"fwd_with_type", [](BtfBuilder& b) { b.add(b.string("x"), info(BTF_KIND_FWD), 1); },
     "has a type"},
    {"name_of_ptr", [](BtfBuilder& b) { b.add(b.string("p"), info(BTF_KIND_PTR), 1); },
     "must not have a name"},
    {"typedef_no_identifier", [](BtfBuilder& b) { b.add_typedef("a-b", 1); }, "no identifier"},
    {"typedef_digit_first", [](BtfBuilder& b) { b.add_typedef("1a", 1); }, "no identifier"},
    {"longest_name", [](BtfBuilder& b) { b.add_typedef(std::string(512, 'a'), 1); }, ""},
    {"name_too_long", [](BtfBuilder& b) { b.add_typedef(std::string(513, 'a'), 1); },
     "no identifier"},
    {"int_bits", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_INT), 4, {33}); }, "33 bits"},
    {"int_huge", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_INT), 99, {129}); }, "129 bits"},
    {"int_encoding", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_INT), 4, {3U << 24 | 32}); },
     "encoding 3"},
    {"enum_size", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_ENUM), 3); }, "size 3"},
    {"enum_value_name",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ENUM, 1), 4, {0, 1});
     },
     "enumerator 0: no name"},
    {"enum64_size", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_ENUM64), 16); }, "size 16"},
    {"enum64_cut",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ENUM64, 1), 8, {b.string("A"), 1});
     },
     "enum64 with vlen 1 does not fit"},
    {"float_size", [](BtfBuilder& b) { b.add(b.string("f"), info(BTF_KIND_FLOAT), 5); }, "size 5"},
    {"array_void",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_ARRAY), 0, {0, 1, 1});
     },
     "void"},
    {"member_void",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 0, 0});
     },
     "member 0: is of type void"},
    {"member_order",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 2), 8, {0, 1, 32, 0, 1, 0});
     },
     "member 1: lies before"},
    {"member_behind_end",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 1, 40});
     },
     "member 0: starts behind"},
    {"member_offset_overflow",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 1, 0xffffffff});
     },
     "member 0: starts behind"},
    {"union_member_offset",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_UNION, 1), 8, {0, 1, 32});
     },
     "in a union"},
    {"func_linkage",
     [](BtfBuilder& b) { b.add(b.string("f"), info(BTF_KIND_FUNC, 2), b.add_proto()); },
     "linkage 2"},
    {"proto_name", [](BtfBuilder& b) { b.add(b.string("p"), info(BTF_KIND_FUNC_PROTO), 0); },
     "must not have a name"},
    {"proto_parameter_name",
     [](BtfBuilder& b) {
       b.add(0, info(BTF_KIND_FUNC_PROTO, 1), 0, {b.string("?"), 1});
     },
     "parameter 0: name"},
    {"var_linkage", [](BtfBuilder& b) { b.add(b.string("v"), info(BTF_KIND_VAR), 1, {2}); },
     "linkage"},
    {"datasec_name", [](BtfBuilder& b) { b.add(b.string("\n"), info(BTF_KIND_DATASEC), 4); },
     "no section name"},
    {"datasec_empty", [](BtfBuilder& b) { b.add(b.string(".d"), info(BTF_KIND_DATASEC), 0); },
     "size 0"},
    {"datasec_order",
     [](BtfBuilder& b) {
       const auto var = b.add(b.string("v"), info(BTF_KIND_VAR), 1, {0});
       b.add(b.string(".d"), info(BTF_KIND_DATASEC, 2), 8, {var, 4, 4, var, 0, 4});
     },
     "variable 1: lies before"},
    {"datasec_overflow",
     [](BtfBuilder& b) {
       const auto var = b.add(b.string("v"), info(BTF_KIND_VAR), 1, {0});
       b.add(b.string(".d"), info(BTF_KIND_DATASEC, 1), 8, {var, 4, 0xffffffff});
     },
     "variable 0: does not fit"},
    {"decl_tag_component_below",
     [](BtfBuilder& b) { b.add(b.string("t"), info(BTF_KIND_DECL_TAG), 1, {0xfffffffe}); },
     "component_idx below"},
    {"tag_without_value", [](BtfBuilder& b) { b.add(0, info(BTF_KIND_TYPE_TAG), 1); }, "no value"},
};

INSTANTIATE_TEST_SUITE_P(Metas, BtfRules, testing::ValuesIn(k_meta_cases),
                         [](const auto& test) { return test.param.name; });

TEST(BtfCheck, UnknownKindIsUnsupported) {
  for (const std::uint32_t kind : {20U, 31U, 34U, 127U}) {
    BtfBuilder builder;
    builder.add(0, info(kind), 0);
    expect_refused(check_alone(builder), "unknown kind " + std::to_string(kind),
                   ErrorKind::unsupported);
  }
}

} // namespace
} // namespace kbtf::test
