// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/base_map.hpp"

#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/renumber/table_order.hpp"
#include "daemon/renumber/type_colours.hpp"
#include "daemon/renumber/type_key.hpp"
#include "daemon/renumber/type_match.hpp"

#include <algorithm>

namespace kbtf {

class BaseMapBuilder {
public:
  BaseMapBuilder(const BtfBase& from, const BtfBase& to, const StringMap& strings)
      : m_from(from.parts().view), m_to(to.parts().view), m_strings(strings),
        m_match(match_types(m_from, m_to, strings)), m_old_order(m_from), m_new_order(m_to) {}

  // Fills everything except the bases and strings.
  [[nodiscard]] Status fill(BaseMap& map) {
    if (auto ok = collect_keys(); !ok)
      return ok;
    mark_delta(map);
    mark_changed(map);
    map.m_room = std::min(m_old_order.room(), m_new_order.room());
    mark_groups();
    mark_below_delta();
    mark_types(map);
    mark_function_names(map);
    map.m_keys = std::move(m_keys);
    map.m_moved = std::move(m_match.forward);
    return Ok{};
  }

private:
  struct Keyed {
    std::uint64_t key;
    std::uint32_t id;
    friend bool operator<(const Keyed& a, const Keyed& b) {
      return a.key != b.key ? a.key < b.key : a.id < b.id;
    }
  };

  [[nodiscard]] std::uint64_t old_key(const BtfType& type) const {
    return type_key(type, [&](std::uint32_t at) { return m_strings.common_id(at); });
  }
  [[nodiscard]] std::uint64_t old_order_key(const BtfType& type) const {
    return order_key(type, [&](std::uint32_t at) { return m_strings.common_id(at); });
  }
  [[nodiscard]] static std::uint64_t new_key(const BtfType& type) {
    return type_key(type, [](std::uint32_t at) { return at; });
  }
  [[nodiscard]] static std::uint64_t new_reference_key(const BtfType& type) {
    return reference_key(
        type, [](std::uint32_t at) { return at; }, [](std::uint32_t id) { return id; });
  }

  [[nodiscard]] Status collect_keys();
  void mark_delta(BaseMap& map);
  void mark_changed(BaseMap& map);
  void mark_groups();
  template <typename F> static void each_group(const std::vector<Keyed>& keys, F&& f);
  [[nodiscard]] bool is_reordered(std::span<const Keyed> rivals) const;
  void mark_below_delta();
  template <typename IsDelta, typename Key>
  void mark_below(const BtfView& view, IsDelta&& is_delta, Key&& key);
  void mark_types(BaseMap& map) const;
  void mark_function_names(BaseMap& map) const;

  const BtfView& m_from;
  const BtfView& m_to;
  const StringMap& m_strings;
  TypeMatch m_match;
  TableOrder m_old_order;
  TableOrder m_new_order;
  KeyTable m_keys;
  std::vector<Keyed> m_old;    // types of the old base that have a type_key, sorted
  std::vector<Keyed> m_shapes; // the same by shape_key, enums by name
};

Status BaseMapBuilder::collect_keys() {
  const auto nameless = [](const BtfView& view) {
    for (std::uint32_t id = 1; id < view.type_count(); ++id)
      if (is_nameless_forward(view.type(id)))
        return true;
    return false;
  };
  if (nameless(m_from) || nameless(m_to))
    return unexpected(ErrorKind::unsupported, "a forward declaration without a name in a base");
  for (std::uint32_t id = 1; id < m_from.type_count(); ++id) {
    const BtfType type = m_from.type(id);
    if (is_keyed_kind(type.kind())) {
      m_old.push_back({old_key(type), id});
      m_shapes.push_back({old_order_key(type), id});
    }
  }
  for (auto* keys : {&m_old, &m_shapes}) {
    std::sort(keys->begin(), keys->end());
    for (const Keyed& keyed : *keys)
      m_keys.add(keyed.key, BaseMap::Flags::in_base);
  }
  return Ok{};
}

// A reference type that is gone needs no key for its content: a module that has it used the old
// base's type, and is found by that type's id.
void BaseMapBuilder::mark_delta(BaseMap& map) {
  for (std::uint32_t id = 1; id < m_from.type_count(); ++id) {
    const BtfType type = m_from.type(id);
    if (m_match.forward[id] != 0 || is_variable_kind(type.kind()))
      continue;
    ++map.m_gone;
    if (is_keyed_kind(type.kind()))
      m_keys.add(old_key(type), BaseMap::Flags::delta);
  }
  for (std::uint32_t id = 1; id < m_to.type_count(); ++id) {
    const BtfType type = m_to.type(id);
    if (m_match.backward[id] != 0 || is_variable_kind(type.kind()))
      continue;
    ++map.m_added;
    if (is_reference_kind(type.kind()))
      m_keys.add(new_reference_key(type), BaseMap::Flags::delta);
    if (is_keyed_kind(type.kind()))
      m_keys.add(new_key(type), BaseMap::Flags::delta);
  }
}

void BaseMapBuilder::mark_changed(BaseMap& map) {
  for (std::uint32_t id = 1; id < m_from.type_count(); ++id)
    if (m_match.changed[id]) {
      ++map.m_changed;
      m_keys.add(old_key(m_from.type(id)), BaseMap::Flags::changed); // the new key is the same
    }
}

template <typename F> void BaseMapBuilder::each_group(const std::vector<Keyed>& keys, F&& f) {
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end].key == keys[begin].key)
      ++end;
    if (end - begin > 1)
      f(std::span(keys).subspan(begin, end - begin));
    begin = end;
  }
}

// Types of one order key compete only if a module's type could be equivalent to more than one of
// them. Structs and the like compete by name alone too, for forward declarations; typedefs do not.
void BaseMapBuilder::mark_groups() {
  each_group(m_old, [&](std::span<const Keyed> group) {
    const BtfType type = m_from.type(group.front().id);
    if (type.name != 0 && type.kind() != kind_typedef)
      m_keys.add(group.front().key, BaseMap::Flags::ambiguous);
  });
  const auto colours = lenient_colours(m_from, m_strings);
  each_group(m_shapes, [&](std::span<const Keyed> group) {
    std::vector<Keyed> coloured;
    for (const Keyed& keyed : group)
      coloured.push_back({colours[keyed.id], keyed.id});
    std::sort(coloured.begin(), coloured.end());
    each_group(coloured, [&](std::span<const Keyed> rivals) {
      m_keys.add(group.front().key, is_reordered(rivals)
                                        ? BaseMap::Flags::ambiguous | BaseMap::Flags::reordered
                                        : BaseMap::Flags::ambiguous);
    });
  });
}

// Deduplication takes the first candidate that fits, in the order of the hash table.
bool BaseMapBuilder::is_reordered(std::span<const Keyed> rivals) const {
  std::vector<std::uint32_t> old_ids;
  std::vector<std::uint32_t> new_ids;
  for (const Keyed& keyed : rivals) {
    if (m_match.forward[keyed.id] == 0)
      return true; // its key is delta too
    old_ids.push_back(keyed.id);
    new_ids.push_back(m_match.forward[keyed.id]);
  }
  std::sort(new_ids.begin(), new_ids.end());
  old_ids = m_old_order.of(old_ids);
  for (std::uint32_t& id : old_ids)
    id = m_match.forward[id];
  return old_ids != m_new_order.of(new_ids);
}

// We know a module's types only after they were deduplicated among themselves. If a key is
// ambiguous, copies of a type from several compilation units, equal among themselves, may have gone
// to different types of that key. So may the types that refer to them; such reference types are not
// in the profile. Hence: no ambiguous key below a reference type that is not mapped.
void BaseMapBuilder::mark_below_delta() {
  mark_below(
      m_from, [&](std::uint32_t id) { return m_match.forward[id] == 0; },
      [&](const BtfType& type) { return old_key(type); });
  mark_below(
      m_to, [&](std::uint32_t id) { return m_match.backward[id] == 0; },
      [](const BtfType& type) { return new_key(type); });
}

template <typename IsDelta, typename Key>
void BaseMapBuilder::mark_below(const BtfView& view, IsDelta&& is_delta, Key&& key) {
  std::vector<bool> seen(view.type_count(), false);
  std::vector<std::uint32_t> todo;
  for (std::uint32_t id = 1; id < view.type_count(); ++id)
    if (is_delta(id) && is_reference_kind(view.type(id).kind())) {
      seen[id] = true;
      todo.push_back(id);
    }
  while (!todo.empty()) {
    const std::uint32_t id = todo.back();
    todo.pop_back();
    const BtfType type = view.type(id);
    if (is_keyed_kind(type.kind()))
      m_keys.add(key(type), BaseMap::Flags::below_delta);
    if (!is_reference_kind(type.kind()))
      continue;
    for_each_type_id(type, [&](std::uint32_t to, const char*, std::uint32_t) {
      if (to != 0 && !seen[to]) {
        seen[to] = true;
        todo.push_back(to);
      }
    });
  }
}

// A reference type of the old base has flags only if it is not mapped, or if the new base has
// another equal type; a typedef also has the flags of its name.
void BaseMapBuilder::mark_types(BaseMap& map) const {
  map.m_type_flags.assign(m_from.type_count(), 0);
  for (const auto* keys : {&m_old, &m_shapes})
    for (const Keyed& keyed : *keys)
      map.m_type_flags[keyed.id] |= m_keys.flags(keyed.key);
  for (std::uint32_t id = 1; id < m_from.type_count(); ++id) {
    const std::uint32_t to = m_match.forward[id];
    if (to == 0)
      map.m_type_flags[id] |= BaseMap::Flags::delta;
    else if (const BtfType type = m_to.type(to); is_reference_kind(type.kind()))
      map.m_type_flags[id] |=
          static_cast<std::uint8_t>(m_keys.flags(new_reference_key(type)) & BaseMap::Flags::delta);
  }
}

void BaseMapBuilder::mark_function_names(BaseMap& map) const {
  map.m_function_names.assign(m_to.string_size(), false);
  for (std::uint32_t id = 1; id < m_to.type_count(); ++id)
    if (const BtfType type = m_to.type(id); type.kind() == kind_func)
      map.m_function_names[type.name] = true;
}

bool BaseMap::is_function_name(std::uint32_t offset) const {
  return offset < m_function_names.size() && m_function_names[offset];
}

std::size_t BaseMap::bytes() const {
  return m_strings->bytes() + m_moved.size() * sizeof m_moved[0] + m_type_flags.size() +
         m_keys.bytes() + m_function_names.size() / 8;
}

Expected<std::shared_ptr<const BaseMap>> BaseMap::make(std::shared_ptr<const BtfBase> from,
                                                       std::shared_ptr<const BtfBase> to) {
  auto strings = StringMap::make(from->parts().view, to->parts().view);
  if (!strings)
    return strings.forward_error();
  const std::shared_ptr<BaseMap> map(new BaseMap);
  map->m_strings = std::make_unique<const StringMap>(*std::move(strings));
  if (auto filled = BaseMapBuilder(*from, *to, *map->m_strings).fill(*map); !filled)
    return filled.forward_error();
  map->m_from = std::move(from);
  map->m_to = std::move(to);
  return std::shared_ptr<const BaseMap>(map);
}

} // namespace kbtf
