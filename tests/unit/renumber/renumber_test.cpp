// SPDX-License-Identifier: GPL-2.0-only
// What one change of the base does to one module: served or refused, and for which reason. The
// bytes of what is served are compared with libbpf's.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/btf_layout.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/renumber/base_model.hpp"
#include "tests/unit/renumber/deduplicate.hpp"

#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Handle = BaseModel::Handle;

// The header that libbpf writes since 1.7, with nothing in what is new.
Bytes with_long_header(const Bytes& bytes) {
  BtfHeader header = header_of(bytes);
  header.hdr_len = sizeof header;
  return with_header(bytes, header);
}

Handle add_int(BaseModel& to) {
  const Handle made = to.append(BTF_KIND_INT, "int", 4);
  to.type(made).push_back({WordRole::value, 32});
  return made;
}
Handle add_proto(BaseModel& to, Handle of, const std::string& parameter) {
  const Handle made = to.append(BTF_KIND_FUNC_PROTO, "", 0, 1);
  to.type(made).push_back({WordRole::string, to.string(parameter)});
  to.type(made).push_back({WordRole::type_id, of});
  return made;
}
Handle add_struct(BaseModel& to, const std::string& name, const std::string& member, Handle of) {
  return to.insert_struct(to.order().size(), name, {{member, of}});
}

class RenumberTest : public testing::Test {
protected:
  // Base: int; struct known { int a; }, pointer to it; struct private { int p; }, which the module
  // only declares, and a function of the base for each.
  RenumberTest() {
    m_int = add_int(m_base);
    m_known = add_struct(m_base, "known", "a", m_int);
    m_pointer = m_base.append(BTF_KIND_PTR, "", m_known);
    m_private = add_struct(m_base, "private", "p", m_int);
    const Handle to_private = m_base.append(BTF_KIND_PTR, "", m_private);
    m_function = m_base.append(BTF_KIND_FUNC, "base_fn", add_proto(m_base, m_pointer, "base_only"));
    m_base.append(BTF_KIND_FUNC, "use", add_proto(m_base, to_private, "which"));
    m_changed = std::make_unique<BaseModel>(m_base.bytes());
    // Module: struct mine { struct known *base_fn; struct private *p; }, a function.
    const Handle number = add_int(m_module);
    const Handle known = add_struct(m_module, "known", "a", number);
    const Handle pointer = m_module.append(BTF_KIND_PTR, "", known);
    const Handle declared = m_module.append(BTF_KIND_FWD, "private", 0);
    m_mine = add_struct(m_module, "mine", "base_fn", pointer);
    m_module.add_member(m_mine, "p", m_module.append(BTF_KIND_PTR, "", declared));
    m_module_function =
        m_module.append(BTF_KIND_FUNC, "module_fn",
                        add_proto(m_module, m_module.append(BTF_KIND_PTR, "", m_mine), "argument"));
  }

  // What renumbering makes of the module for the changed base; bytes are checked.
  RefusalReason outcome() {
    const Bytes before = as_written(m_base.bytes());
    const Bytes after = as_written(m_changed->bytes());
    const Bytes split = as_written(deduplicate(m_module.bytes(), &before, m_hidden));
    auto from = BtfBase::parse(before);
    auto to = BtfBase::parse(after);
    if (!is_ok(from) || !is_ok(to))
      throw std::runtime_error("base refused");
    auto profile = Profiler::make(*from)->profile(
        as_written(deduplicate(m_module.bytes(), nullptr, m_hidden)), split);
    if (!profile)
      throw std::runtime_error(profile.error().text);
    auto map = BaseMap::make(*from, *to);
    if (!map)
      throw std::runtime_error(map.error().text);
    m_result = renumber_split(**map, *profile, split);
    if (m_result) {
      EXPECT_EQ(m_result.bytes, as_written(deduplicate(m_module.bytes(), &after, m_hidden)));
    }
    m_shrunk = m_result && m_result.bytes.size() < split.size();
    return m_result.refusal;
  }

  enum class Format { short_header, long_header, layout };
  [[nodiscard]] Bytes as_written(const Bytes& bytes) const {
    return m_format == Format::layout        ? with_layout(bytes)
           : m_format == Format::long_header ? with_long_header(bytes)
                                             : bytes;
  }

  Format m_format = Format::short_header;
  std::vector<std::string> m_hidden; // strings of the module without a type
  BaseModel m_base;
  std::unique_ptr<BaseModel> m_changed; // handles as in m_base
  BaseModel m_module;
  Handle m_int = 0, m_known = 0, m_pointer = 0, m_private = 0, m_function = 0, m_mine = 0,
         m_module_function = 0;
  Renumbered m_result;
  bool m_shrunk = false;
};

TEST_F(RenumberTest, SameBase) {
  EXPECT_EQ(outcome(), RefusalReason::none);
}

TEST_F(RenumberTest, KeepsLongHeaderAndLayout) {
  add_struct(*m_changed, "added", "member", m_int);
  for (const Format format : {Format::long_header, Format::layout}) {
    m_format = format;
    EXPECT_EQ(outcome(), RefusalReason::none);
  }
}

TEST_F(RenumberTest, TypesAddedAnywhere) {
  for (const std::size_t position : {0U, 3U, 7U}) {
    m_changed->insert(position, BTF_KIND_STRUCT, "new_at" + std::to_string(position), 0);
    EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
  }
}

TEST_F(RenumberTest, ReversedOrder) {
  std::reverse(m_changed->order().begin(), m_changed->order().end());
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
}

TEST_F(RenumberTest, DeclaredStructChanged) {
  m_changed->add_member(m_private, "more", m_int);
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
}

TEST_F(RenumberTest, UsedStructChanged) {
  m_changed->add_member(m_known, "more", m_int);
  EXPECT_EQ(outcome(), RefusalReason::uses_changed_type);
  EXPECT_EQ(m_result.detail, "struct known");
}

TEST_F(RenumberTest, UsedTypeGone) {
  m_changed->erase({m_pointer}); // and the function
  EXPECT_EQ(outcome(), RefusalReason::uses_changed_type);
}

TEST_F(RenumberTest, DeclaredStructGone) {
  m_changed->erase({m_private});
  EXPECT_EQ(outcome(), RefusalReason::uses_changed_type);
}

TEST_F(RenumberTest, SecondStructOfADeclaredName) {
  m_changed->insert_struct(0, "private", {{"other", m_int}}); // not to be resolved any more
  EXPECT_EQ(outcome(), RefusalReason::name_in_change);
}

TEST_F(RenumberTest, ModulesTypeNowInBase) {
  m_changed->insert_struct(2, "mine", {{"x", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::name_in_change);
}

TEST_F(RenumberTest, ModulesPointerNowInBase) {
  m_module.append(BTF_KIND_VOLATILE, "", 3); // the pointer to known
  m_changed->append(BTF_KIND_VOLATILE, "", m_pointer);
  EXPECT_EQ(outcome(), RefusalReason::now_in_base);
}

// libbpf 1.7 finds a typedef by its name, and walks on from every one of the base that has it.
TEST_F(RenumberTest, TypedefWithModulesNameAddedAndGone) {
  m_module.append(BTF_KIND_PTR, "", m_module.append(BTF_KIND_TYPEDEF, "own_t", 3));
  m_base.insert_struct(0, "keeps_string", {{"own_t", m_int}});
  m_changed = std::make_unique<BaseModel>(m_base);
  const Handle added = m_changed->append(BTF_KIND_TYPEDEF, "own_t", m_int);
  EXPECT_EQ(outcome(), RefusalReason::name_in_change);
  m_base = *m_changed;
  m_changed->erase({added});
  EXPECT_EQ(outcome(), RefusalReason::name_in_change);
}

TEST_F(RenumberTest, UnusedFunctionGone) {
  m_changed->erase({m_function});
  EXPECT_EQ(outcome(), RefusalReason::base_string_gone); // a member of mine has its name
  m_changed->insert_struct(0, "keeps_string", {{"base_fn", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
}

TEST_F(RenumberTest, StringWithoutTypeGone) {
  m_hidden = {"which", "nobodys"};
  m_changed->insert_struct(0, "new_struct", {{"member", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
  m_hidden = {"base_only", "nobodys"};
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
  m_changed->erase({m_function - 1}); // its prototype, and with it the function
  m_changed->insert_struct(0, "keeps_string", {{"base_fn", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::base_string_gone); // it would be the split's now
}

TEST_F(RenumberTest, StringWithoutTypeNowInBase) {
  m_hidden = {"nobodys"};
  m_changed->insert_struct(0, "new_struct", {{"nobodys", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::now_in_base);
}

TEST_F(RenumberTest, ModulesStringNowInBase) {
  m_changed->insert_struct(1, "new_struct", {{"argument", m_int}});
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
  EXPECT_TRUE(m_shrunk);
}

TEST_F(RenumberTest, TaggedFunctionWithNameInBase) {
  const Handle tag = m_module.append(BTF_KIND_DECL_TAG, "bpf_kfunc", m_module_function);
  m_module.type(tag).push_back({WordRole::value, 0xffffffff});
  EXPECT_EQ(outcome(), RefusalReason::none) << m_result.detail;
  m_base.append(BTF_KIND_FUNC, "module_fn", m_base.append(BTF_KIND_FUNC_PROTO, "", 0));
  m_changed = std::make_unique<BaseModel>(m_base.bytes());
  EXPECT_EQ(outcome(), RefusalReason::function_tags);
}

TEST_F(RenumberTest, ProfileOfAnotherModule) {
  const Bytes before = m_base.bytes();
  const auto base = *BtfBase::parse(before);
  const auto map = *BaseMap::make(base, base);
  const Bytes split = deduplicate(m_module.bytes(), &before);
  EXPECT_EQ(renumber_split(*map, Profile(), split).refusal, RefusalReason::other_module);
  const Profile beyond(hash_bytes(split), {base->type_count()}, {}, {}, 0);
  EXPECT_EQ(renumber_split(*map, beyond, split).refusal, RefusalReason::other_module);
}

TEST_F(RenumberTest, BaseWithDuplicateString) {
  Bytes bytes = m_base.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t at = text.find("base_only");
  ASSERT_NE(at, std::string_view::npos);
  const auto base = *BtfBase::parse(bytes);
  // "base_only" becomes "base" and "only": then "a" of base_... is there anew
  bytes[at + 0] = std::byte{'p'};
  bytes[at + 1] = std::byte{0};
  const auto twice = BtfBase::parse(bytes);
  ASSERT_TRUE(twice) << twice.error().text;
  EXPECT_TRUE(is_error(BaseMap::make(base, *twice), ErrorKind::unsupported, "twice"));
  EXPECT_TRUE(is_error(BaseMap::make(*twice, base), ErrorKind::unsupported, "twice"));
}

} // namespace
} // namespace kbtf::test
