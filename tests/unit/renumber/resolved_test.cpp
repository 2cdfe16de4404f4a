// SPDX-License-Identifier: GPL-2.0-only
// A split that resolve_btfids of Linux 7.0 and later has gone over: a kfunc with a tag, a copy and
// a prototype of one parameter less, deduplicated once more.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/renumber/base_model.hpp"
#include "tests/unit/renumber/deduplicate.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Handle = BaseModel::Handle;

Handle add_number(BaseModel& to) {
  const Handle made = to.append(BTF_KIND_INT, "int", 4);
  to.type(made).push_back({WordRole::value, 32});
  return made;
}
Handle add_proto(BaseModel& to, Handle result, const std::vector<std::string>& names, Handle of) {
  const Handle made =
      to.append(BTF_KIND_FUNC_PROTO, "", result, static_cast<std::uint32_t>(names.size()));
  for (const auto& name : names) {
    to.type(made).push_back({WordRole::string, to.string(name)});
    to.type(made).push_back({WordRole::type_id, of});
  }
  return made;
}

// What btf2btf and the second deduplication make of the split; types are not sorted, since libbpf
// before 1.7 cannot, and order does not matter here.
Bytes resolve(const Bytes& split, const Bytes& base) {
  const BtfHandle below = take(base);
  const BtfHandle object = parse_with_libbpf(split, below.get());
  const auto kfunc = ::btf__find_by_name_kind(object.get(), "kfunc", BTF_KIND_FUNC);
  const auto* type = ::btf__type_by_id(object.get(), checked(kfunc));
  const auto proto = static_cast<int>(type->type);
  const auto result = static_cast<int>(::btf__type_by_id(object.get(), type->type)->type);
  checked(::btf__add_decl_tag(object.get(), "bpf_kfunc", kfunc, -1));
  checked(::btf__add_func(object.get(), "kfunc_impl", BTF_FUNC_STATIC, proto));
  const auto shorter = checked(::btf__add_func_proto(object.get(), result));
  if (::btf__add_func_param(object.get(), "first", result) != 0)
    throw std::runtime_error("parameter");
  const_cast<btf_type*>(::btf__type_by_id(object.get(), checked(kfunc)))->type = shorter;
  if (::btf__dedup(object.get(), nullptr) != 0)
    throw std::runtime_error("libbpf cannot deduplicate");
  return raw_bytes(object.get());
}

class ResolvedTest : public testing::Test {
protected:
  ResolvedTest() {
    m_number = add_number(m_base);
    const Handle number = add_number(m_module);
    m_module.append(BTF_KIND_FUNC, "kfunc",
                    add_proto(m_module, number, {"first", "second"}, number));
  }
  // The prototype that the kfunc gets, in the base: of a function of its own.
  Handle add_shorter(BaseModel& to) const {
    const Handle proto = add_proto(to, m_number, {"first"}, m_number);
    to.append(BTF_KIND_FUNC, "of_base", proto);
    return proto;
  }
  [[nodiscard]] Bytes finished(const Bytes& base) const {
    return resolve(deduplicate(m_module.bytes(), &base), base);
  }
  RefusalReason outcome(const BaseModel& changed) {
    const Bytes before = m_base.bytes();
    const Bytes after = changed.bytes();
    const auto from = *BtfBase::parse(before);
    const Bytes split = finished(before);
    const Bytes full = deduplicate(m_module.bytes());
    auto profile = Profiler::make(from)->profile(full, split, Profiler::UsesFrom::resolve_btfids);
    if (!profile)
      throw std::runtime_error(profile.error().text);
    EXPECT_FALSE(Profiler::make(from)->profile(full, split)) << "not what pahole alone leaves";
    const auto map = BaseMap::make(from, *BtfBase::parse(after));
    const auto made = renumber_split(**map, *profile, split);
    if (made) {
      EXPECT_EQ(made.bytes, finished(after));
    }
    return made.refusal;
  }

  BaseModel m_base;
  BaseModel m_module;
  Handle m_number = 0;
};

TEST_F(ResolvedTest, RenumbersTagCopyAndPrototype) {
  BaseModel changed = m_base;
  changed.insert_struct(0, "added", {{"a", m_number}});
  EXPECT_EQ(outcome(changed), RefusalReason::none);
}

TEST_F(ResolvedTest, PrototypeOfTheBase) {
  const Handle proto = add_shorter(m_base);
  BaseModel changed = m_base;
  changed.insert_struct(0, "added", {{"first", m_number}});
  EXPECT_EQ(outcome(changed), RefusalReason::none);
  changed.erase({proto});
  EXPECT_EQ(outcome(changed), RefusalReason::uses_changed_type);
}

TEST_F(ResolvedTest, PrototypeNowInTheBase) {
  m_base.insert_struct(0, "keeps_string", {{"first", m_number}});
  BaseModel changed = m_base;
  add_shorter(changed);
  EXPECT_EQ(outcome(changed), RefusalReason::now_in_base);
}

} // namespace
} // namespace kbtf::test
