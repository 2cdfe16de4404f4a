// SPDX-License-Identifier: GPL-2.0-only
// Test helper: a small world of C types, and compilation units that know parts of it, as BTF
// before deduplication. The same struct is complete in one unit and only declared in the next;
// some names have two meanings, as static structs of two files have.
#pragma once

#include "tests/unit/renumber/base_model.hpp"

#include <map>
#include <random>

namespace kbtf::test {

struct Random : std::mt19937 {
  explicit Random(std::uint32_t seed) : std::mt19937(seed) {}
  std::uint32_t number() { return static_cast<std::uint32_t>((*this)()); }
};

inline std::uint32_t below(Random& random, std::uint32_t end) {
  return random.number() % end; // not std's distributions: same everywhere
}
inline bool one_in(Random& random, std::uint32_t n) {
  return below(random, n) == 0;
}

// Adds one compilation unit to a model. Structs are numbered and refer to those of their cluster,
// sometimes to the one before; `world` decides what each is, the
// same in all units, but for those of two meanings, where `meaning` does, too.
class Unit {
public:
  static constexpr std::uint32_t k_cluster = 8;

  using Handle = BaseModel::Handle;

  Unit(BaseModel& to, std::uint32_t world, std::uint32_t seed)
      : m_to(to), m_world(world), m_random(seed), m_meaning(seed % 2) {
    m_int = m_to.append(BTF_KIND_INT, "int", 4);
    m_to.type(m_int).push_back({WordRole::value, BTF_INT_SIGNED << 24 | 32});
    m_long = m_to.append(BTF_KIND_INT, "long", 8);
    m_to.type(m_long).push_back({WordRole::value, BTF_INT_SIGNED << 24 | 64});
  }

  // A function that takes pointers to some structs from [first, last).
  void add_function(const std::string& name, std::uint32_t first, std::uint32_t last) {
    const Handle proto = m_to.append(BTF_KIND_FUNC_PROTO, "", m_int);
    const std::uint32_t count = 1 + below(m_random, 3);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Handle of = pointer(structure(first + below(m_random, last - first)));
      m_to.type(proto)[1].value += 1;
      m_to.type(proto).push_back(
          {WordRole::string, m_to.string("argument" + std::to_string(below(m_random, 9)))});
      m_to.type(proto).push_back({WordRole::type_id, of});
    }
    m_to.append(BTF_KIND_FUNC, name, proto);
  }
  void add_variable(const std::string& name) {
    const Handle variable = m_to.append(BTF_KIND_VAR, name, m_long);
    m_to.type(variable).push_back({WordRole::value, 0});
    const Handle section = m_to.append(BTF_KIND_DATASEC, ".data..percpu", 8, 1);
    m_to.type(section).insert(
        m_to.type(section).end(),
        {{WordRole::type_id, variable}, {WordRole::value, 0}, {WordRole::value, 8}});
  }

private:
  // A type without a name of one unit is there once, as compilers write it; libbpf relies on that.
  Handle once(std::uint32_t kind, Handle of) {
    if (const auto known = m_nameless.find({kind, of}); known != m_nameless.end())
      return known->second;
    const bool refers = holds_type_id(kind) && kind != BTF_KIND_FUNC_PROTO;
    const Handle made = m_to.append(kind, "", refers ? of : 0);
    m_nameless[{kind, of}] = made;
    test::ModelType& words = m_to.type(made);
    if (kind == BTF_KIND_STRUCT) {
      m_to.add_member(made, "inner", of);
    } else if (kind == BTF_KIND_FUNC_PROTO) {
      words[1].value += 1;
      words.push_back({WordRole::string, m_to.string("")});
      words.push_back({WordRole::type_id, of});
    } else if (kind == BTF_KIND_ARRAY) {
      words.push_back({WordRole::type_id, of});
      words.push_back({WordRole::type_id, m_int});
      words.push_back({WordRole::value, 1});
    }
    return made;
  }
  Handle pointer(Handle of) { return once(BTF_KIND_PTR, of); }

  // The struct itself if this unit has its definition, else a forward declaration.
  Handle structure(std::uint32_t number) {
    if (const auto known = m_known.find(number); known != m_known.end())
      return known->second;
    const std::string name = "struct" + std::to_string(number);
    if (one_in(m_random, k_declared[m_world % 4]))
      return m_known[number] = m_to.append(BTF_KIND_FWD, name, 0);
    return define(number, name);
  }
  Handle define(std::uint32_t number, const std::string& name) {
    const Handle made = m_to.append(BTF_KIND_STRUCT, name, 0);
    m_known[number] = made;
    Random shape(m_world * 1000 + number * 2 +
                 ((number + 1) % k_one_in_twice[m_world / 4 % 3] == 0 ? m_meaning : 0));
    const std::uint32_t members = 1 + below(shape, 5);
    for (std::uint32_t i = 0; i < members; ++i) {
      const std::string member = "member" + std::to_string(below(shape, 12));
      m_to.add_member(made, member, member_type(shape, number));
    }
    return made;
  }
  Handle member_type(Random& shape, std::uint32_t number) {
    const std::uint32_t cluster = number / k_cluster - (number >= k_cluster && one_in(shape, 8));
    const std::uint32_t other = cluster * k_cluster + below(shape, k_cluster);
    switch (below(shape, 10)) {
    case 0:
      return m_long;
    case 1:
      return enumeration(other % 4);
    case 2:
      return once(BTF_KIND_STRUCT, pointer(structure(other)));
    case 3:
      return pointer(once(BTF_KIND_FUNC_PROTO, pointer(structure(other))));
    case 4:
      return once(BTF_KIND_ARRAY, pointer(structure(other)));
    case 5:
      return pointer(once(BTF_KIND_CONST, structure(other)));
    case 6:
      return pointer(alias(other));
    default:
      return pointer(structure(other));
    }
  }
  // Of a number, a struct or a pointer to it; libbpf 1.7 finds typedefs by name and compares what
  // they lead to, before that by what they lead to.
  Handle alias(std::uint32_t number) {
    if (const auto known = m_aliases.find(number); known != m_aliases.end())
      return known->second;
    const Handle made = m_to.append(BTF_KIND_TYPEDEF, "alias" + std::to_string(number), m_long);
    m_aliases[number] = made; // before its struct, which may have it for a member
    Random shape(m_world * 77 + number * 2 + (number % 5 == 0 ? m_meaning : 0));
    Handle of = m_long;
    if (!one_in(shape, 4))
      of = structure(number);
    if (of != m_long && one_in(shape, 2))
      of = pointer(of);
    m_to.type(made)[2].value = of;
    return made;
  }
  Handle enumeration(std::uint32_t number) {
    Handle& made = m_enums[number];
    if (made != 0)
      return made;
    const std::string name = "enum" + std::to_string(number);
    const bool full = !one_in(m_random, k_declared[m_world % 4]);
    made = m_to.append(BTF_KIND_ENUM, name, 4, full ? 1 : 0);
    if (full)
      m_to.type(made).insert(m_to.type(made).end(),
                             {{WordRole::string, m_to.string("VALUE" + std::to_string(number))},
                              {WordRole::value, number}});
    return made;
  }

  // By world: one in so many structs is only declared in a unit; has two meanings.
  static constexpr std::uint32_t k_declared[] = {3, 10, 50, 1000};
  static constexpr std::uint32_t k_one_in_twice[] = {7, 19, 1000};

  BaseModel& m_to;
  std::uint32_t m_world;
  Random m_random;
  std::uint32_t m_meaning;
  Handle m_int = 0;
  Handle m_long = 0;
  std::map<std::uint32_t, Handle> m_known;
  std::map<std::uint32_t, Handle> m_enums;
  std::map<std::uint32_t, Handle> m_aliases;
  std::map<std::pair<std::uint32_t, Handle>, Handle> m_nameless;
};

} // namespace kbtf::test
