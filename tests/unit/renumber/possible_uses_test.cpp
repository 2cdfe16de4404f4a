// SPDX-License-Identifier: GPL-2.0-only
// A module whose full BTF does not tell how it was deduplicated onto the base: a struct that the
// base only declares, as vmlinux does with 8021q's garp_port.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/renumber/base_model.hpp"
#include "tests/unit/renumber/deduplicate.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Handle = BaseModel::Handle;

// One compilation unit's struct device { struct port *port; struct owner *owner; }.
struct Unit {
  Unit(BaseModel& to, bool has_port, bool has_owner) {
    number = to.append(BTF_KIND_INT, "int", 4);
    to.type(number).push_back({WordRole::value, 32});
    port = has_port ? to.insert_struct(to.order().size(), "port", {{"state", number}})
                    : to.append(BTF_KIND_FWD, "port", 0);
    owner = has_owner ? to.insert_struct(to.order().size(), "owner", {{"a", number}})
                      : to.append(BTF_KIND_FWD, "owner", 0);
    to_port = to.append(BTF_KIND_PTR, "", port);
    to_owner = to.append(BTF_KIND_PTR, "", owner);
    device =
        to.insert_struct(to.order().size(), "device", {{"port", to_port}, {"owner", to_owner}});
    to_device = to.append(BTF_KIND_PTR, "", device);
    constant = to.append(BTF_KIND_CONST, "", device);
  }
  Handle number, port, owner, to_port, to_owner, device, to_device, constant;
};

class PossibleUsesTest : public testing::Test {
protected:
  PossibleUsesTest() {
    const Unit in_base(m_base, false, true);
    m_base.append(BTF_KIND_TYPEDEF, "not_used", in_base.to_device);
    m_base.append(BTF_KIND_VOLATILE, "", in_base.device);
    for (int i = 0; i < 50; ++i) // libbpf's hash table shall not grow under the module
      m_base.insert_struct(m_base.order().size(), "other" + std::to_string(i),
                           {{"a", in_base.number}});
    const Unit first(m_module, false, false);
    m_module.append(BTF_KIND_FUNC, "one", proto(first.to_device));
    const Unit second(m_module, true, false);
    m_module.append(BTF_KIND_FUNC, "two", proto(second.to_device));
    m_base_bytes = m_base.bytes();
    m_split = deduplicate(m_module.bytes(), &m_base_bytes);
    m_full = deduplicate(m_module.bytes());
    m_profiler = std::make_unique<Profiler>(*Profiler::make(*BtfBase::parse(m_base_bytes)));
  }
  Handle proto(Handle of) {
    const Handle made = m_module.append(BTF_KIND_FUNC_PROTO, "", 0, 1);
    m_module.type(made).push_back({WordRole::string, m_module.string("device")});
    m_module.type(made).push_back({WordRole::type_id, of});
    return made;
  }
  // Of the base, of this kind and name.
  [[nodiscard]] std::uint32_t id(std::uint32_t kind, const std::string& name) const {
    const auto view = BtfView::parse(m_base_bytes);
    for (std::uint32_t id = 1; id < view->type_count(); ++id)
      if (view->type(id).kind() == kind && view->string(view->type(id).name) == name)
        return id;
    return 0;
  }
  [[nodiscard]] Renumbered renumber_to(const BaseModel& changed, const Profile& profile) const {
    m_changed_bytes = changed.bytes();
    const auto map = BaseMap::make(*BtfBase::parse(m_base_bytes), *BtfBase::parse(m_changed_bytes));
    return renumber_split(**map, profile, m_split);
  }

  BaseModel m_base;
  BaseModel m_module;
  Bytes m_base_bytes;
  Bytes m_split;
  Bytes m_full;
  std::unique_ptr<Profiler> m_profiler;
  mutable Bytes m_changed_bytes;
};

// What this file is about: were it not so, all below would test something else.
TEST_F(PossibleUsesTest, FullBtfDeduplicatesToOtherTypes) {
  EXPECT_NE(deduplicate(m_full, &m_base_bytes), m_split);
}

TEST_F(PossibleUsesTest, ProfileHasAllPossibleUses) {
  const auto profile = m_profiler->profile(m_full, m_split);
  ASSERT_TRUE(is_ok(profile));
  const std::uint32_t owner = id(BTF_KIND_STRUCT, "owner");
  std::vector<std::uint32_t> expected; // the module has no typedef and nothing volatile
  for (std::uint32_t other = 1; other < id(BTF_KIND_TYPEDEF, "not_used"); ++other)
    if (other != owner)
      expected.push_back(other);
  EXPECT_EQ(profile->uses(), expected);
  EXPECT_EQ(profile->names(), std::vector{owner});
}

TEST_F(PossibleUsesTest, RenumberedAsLibbpfDoes) {
  const auto profile = m_profiler->profile(m_full, m_split);
  ASSERT_TRUE(is_ok(profile));
  BaseModel changed(m_base_bytes);
  changed.insert_struct(0, "new", {{"state", changed.order().front()}});
  changed.add_member(id(BTF_KIND_STRUCT, "owner"), "b", id(BTF_KIND_INT, "int"));
  const auto made = renumber_to(changed, *profile);
  ASSERT_TRUE(made) << to_string(made.refusal) << " " << made.detail;
  EXPECT_EQ(made.bytes, deduplicate(m_module.bytes(), &m_changed_bytes));
  EXPECT_NE(made.bytes, m_split);
}

TEST_F(PossibleUsesTest, RefusesIfPossibleUseChanged) {
  const auto profile = m_profiler->profile(m_full, m_split);
  ASSERT_TRUE(is_ok(profile));
  BaseModel changed(m_base_bytes);
  changed.add_member(id(BTF_KIND_STRUCT, "device"), "more", id(BTF_KIND_INT, "int"));
  EXPECT_EQ(renumber_to(changed, *profile).refusal, RefusalReason::uses_changed_type);
  BaseModel defined(m_base_bytes);
  defined.insert_struct(0, "port", {{"state", id(BTF_KIND_INT, "int")}});
  EXPECT_EQ(renumber_to(defined, *profile).refusal, RefusalReason::name_in_change);
}

TEST_F(PossibleUsesTest, FullBtfOfAnotherModule) {
  m_module.append(BTF_KIND_FWD, "more", 0);
  EXPECT_TRUE(is_error(m_profiler->profile(m_module.bytes(), m_split), ErrorKind::unsupported));
  BaseModel less(deduplicate(m_base_bytes));
  EXPECT_TRUE(is_error(m_profiler->profile(less.bytes(), m_split), ErrorKind::unsupported));
}

} // namespace
} // namespace kbtf::test
