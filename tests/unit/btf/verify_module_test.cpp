// SPDX-License-Identifier: GPL-2.0-only
// Whole module files: which section is checked against what, and what the errors say.
#include "daemon/btf/verify_module.hpp"

#include "tests/unit/btf_builder.hpp"
#include "tests/unit/elf_builder.hpp"
#include "tests/unit/libbpf_btf.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

std::vector<std::byte> words(std::initializer_list<std::uint32_t> list) {
  const auto raw = std::as_bytes(std::span(list.begin(), list.size()));
  return {raw.begin(), raw.end()};
}

class VerifyModule : public testing::Test {
protected:
  VerifyModule() : m_libbpf_base(make_base()), m_base(*BtfBase::parse(raw(m_libbpf_base))) {}

  static std::vector<std::byte> raw(const BtfHandle& btf) { return raw_bytes(btf.get()); }
  [[nodiscard]] std::vector<std::byte> good_split() const {
    return raw(make_split(m_libbpf_base.get()));
  }
  [[nodiscard]] Expected<ModuleReport> verify(const ElfBuilder& elf) const {
    const std::string path = test_file("m.ko");
    elf.write(path);
    return verify_module(path, *m_base);
  }
  void expect_refused(const ElfBuilder& elf, ErrorKind kind, const std::string& text) const {
    const auto report = verify(elf);
    ASSERT_FALSE(report) << "accepted, expected: " << text;
    EXPECT_EQ(to_string(report.error().kind), std::string(to_string(kind)));
    EXPECT_EQ(report.error().text.find(test_file("m.ko") + ": "), 0U) << report.error().text;
    EXPECT_NE(report.error().text.find(text), std::string::npos) << report.error().text;
  }

  BtfHandle m_libbpf_base;
  std::shared_ptr<const BtfBase> m_base;
};

TEST_F(VerifyModule, ReportsWhatItChecked) {
  const BtfHandle split = make_split(m_libbpf_base.get());
  ElfBuilder elf;
  elf.add(".text", to_bytes("code"));
  elf.add(".BTF", raw(split));
  const auto func = ::btf__find_by_name_kind(split.get(), "walk_m", BTF_KIND_FUNC);
  const auto ids = elf.add(".BTF_ids", words({static_cast<std::uint32_t>(func)}));
  elf.add_symbol("__BTF_ID__func__walk_m__12", ids, 0, 4);
  const auto report = verify(elf);
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_TRUE(report->has_btf);
  EXPECT_TRUE(report->has_ids);
  EXPECT_FALSE(report->has_distilled_base);
  EXPECT_EQ(report->types, ::btf__type_cnt(split.get()) - ::btf__type_cnt(m_libbpf_base.get()));
  EXPECT_EQ(report->id_symbols, 1U);
}

TEST_F(VerifyModule, LibbpfMustAgree) {
  ElfBuilder elf;
  elf.add(".BTF", good_split());
  elf.write(test_file("m.ko"));
  const auto second = LibbpfBtf::parse(raw(m_libbpf_base));
  ASSERT_TRUE(second);
  EXPECT_TRUE(verify_module(test_file("m.ko"), *m_base, &*second));
  // What libbpf refuses our own checks refuse before it; so it is asked alone here.
  auto shorter = good_split();
  shorter.resize(shorter.size() / 2);
  const auto refused = second->check_split(shorter);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("libbpf"), std::string::npos) << refused.error().text;
  EXPECT_FALSE(LibbpfBtf::parse(to_bytes("no BTF")));
}

TEST_F(VerifyModule, NoBtfIsItsOwnError) {
  ElfBuilder elf;
  elf.add(".text", to_bytes("code"));
  expect_refused(elf, ErrorKind::not_found, "no .BTF section");
}

TEST_F(VerifyModule, NamesFileSectionTypeAndRule) {
  BtfBuilder split(m_base->type_count(), m_base->string_size());
  split.add(0, info(BTF_KIND_STRUCT, 1), 4, {0, 99999, 0});
  ElfBuilder elf;
  elf.add(".BTF", split.bytes());
  const std::string id = std::to_string(m_base->type_count());
  expect_refused(elf, ErrorKind::malformed,
                 ": .BTF: type " + id + ": member 0: type id 99999 out of range (max " + id + ")");
}

TEST_F(VerifyModule, AnotherBaseIsRefused) {
  BtfBuilder other;
  other.add_int();
  const auto base = BtfBase::parse(other.bytes());
  ElfBuilder elf;
  elf.add(".BTF", good_split());
  elf.write(test_file("m.ko"));
  EXPECT_FALSE(verify_module(test_file("m.ko"), **base));
}

TEST_F(VerifyModule, RefusesUnresolvedIds) {
  ElfBuilder elf;
  elf.add(".BTF", good_split());
  const auto ids = elf.add(".BTF_ids", words({0, 0, 0, 0}));
  elf.add_symbol("__BTF_ID__set8__set", ids, 0, 16);
  elf.add_symbol("__BTF_ID__func__walk_m__12", ids, 8, 4);
  expect_refused(elf, ErrorKind::malformed, ".BTF_ids: set set: its count is 0");
}

TEST_F(VerifyModule, TruncatedFile) {
  ElfBuilder elf;
  elf.add(".BTF", good_split());
  const std::string path = test_file("cut.ko");
  elf.write(path);
  const std::string whole = slurp(path);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    spill(path, whole.substr(0, size));
    EXPECT_FALSE(verify_module(path, *m_base)) << size;
  }
}

// Modules with .BTF.base. The base has int and long, struct node of 48 bytes, union either, enum
// color, enum64 wide, fwd hidden.
class VerifyDistilled : public VerifyModule {
protected:
  // A module with the distilled type that `distill` adds, which its one struct embeds if asked.
  enum class Embed { no, yes };
  template <typename F> [[nodiscard]] ElfBuilder module(F&& distill, Embed embed) const {
    BtfBuilder below;
    const std::uint32_t type = distill(below);
    const auto bytes = below.bytes();
    BtfBuilder split(below.next_id(), below.header().str_len);
    const auto alias = split.add_typedef("alias", type);
    const auto pointer = split.add_ptr(type);
    split.add(split.string("own"), info(BTF_KIND_STRUCT, 1), 64,
              {0, embed == Embed::yes ? alias : pointer, 0});
    ElfBuilder elf;
    elf.add(".BTF.base", bytes);
    elf.add(".BTF", split.bytes());
    return elf;
  }
  static std::uint32_t empty_struct(BtfBuilder& below, const char* name, std::uint32_t size) {
    return below.add(below.string(name), info(BTF_KIND_STRUCT), size);
  }
};

TEST_F(VerifyDistilled, FindsEachType) {
  const auto report = verify(module(
      [](BtfBuilder& b) {
        b.add(b.string("int"), info(BTF_KIND_INT), 4, {1U << 24 | 32}); // signed
        b.add(b.string("double"), info(BTF_KIND_FLOAT), 8);
        b.add(b.string("either"), info(BTF_KIND_UNION), 48);
        b.add(b.string("color"), info(BTF_KIND_ENUM), 4);
        b.add(b.string("wide"), info(BTF_KIND_ENUM), 8);
        b.add(b.string("hidden"), info(BTF_KIND_FWD), 0);
        return empty_struct(b, "node", 48);
      },
      Embed::yes));
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_TRUE(report->has_distilled_base);
  EXPECT_EQ(report->types, 3U);
}

TEST_F(VerifyDistilled, SizeCountsWhereEmbedded) {
  const auto other_size = [](BtfBuilder& b) { return empty_struct(b, "node", 40); };
  expect_refused(module(other_size, Embed::yes), ErrorKind::malformed,
                 ".BTF.base: distilled base type 1: the base has no struct that fits it");
  const auto report = verify(module(other_size, Embed::no));
  EXPECT_TRUE(report) << report.error().text;
}

TEST_F(VerifyDistilled, RefusesTypesThatTheBaseLacks) {
  expect_refused(module([](BtfBuilder& b) { return empty_struct(b, "nowhere", 4); }, Embed::no),
                 ErrorKind::malformed, "the base has no struct");
  expect_refused(module([](BtfBuilder& b) { return b.add_int("int", 8); }, Embed::no),
                 ErrorKind::malformed, "the base has no int");
  expect_refused(module([](BtfBuilder& b) { return b.add_int("int", 4); }, Embed::no),
                 ErrorKind::malformed, "the base has no int"); // unsigned, the base's is signed
}

TEST_F(VerifyDistilled, RefusesOtherKindsAndAnonymousTypes) {
  const auto int_of = [](BtfBuilder& b) {
    return b.add(b.string("int"), info(BTF_KIND_INT), 4, {1U << 24 | 32});
  };
  expect_refused(module([&](BtfBuilder& b) { return b.add_ptr(int_of(b)); }, Embed::no),
                 ErrorKind::malformed, "distilled base type 2: is a ptr");
  expect_refused(
      module([](BtfBuilder& b) { return b.add(0, info(BTF_KIND_STRUCT), 4); }, Embed::no),
      ErrorKind::malformed, "has no name");
}

TEST_F(VerifyDistilled, DamagedBaseSection) {
  ElfBuilder elf;
  elf.add(".BTF.base", to_bytes("no BTF"));
  elf.add(".BTF", good_split());
  expect_refused(elf, ErrorKind::malformed, ".BTF.base: header is cut short");
}

TEST_F(VerifyDistilled, AmbiguousTypesAreRefused) {
  BtfBuilder twice;
  empty_struct(twice, "node", 48);
  empty_struct(twice, "node", 48);
  const auto base = BtfBase::parse(twice.bytes());
  ASSERT_TRUE(base) << base.error().text;
  const std::string path = test_file("m.ko");
  module([](BtfBuilder& b) { return empty_struct(b, "node", 48); }, Embed::no).write(path);
  const auto report = verify_module(path, **base);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().text.find("two types of the base fit it, 1 and 2"), std::string::npos)
      << report.error().text;
}

} // namespace
} // namespace kbtf::test
