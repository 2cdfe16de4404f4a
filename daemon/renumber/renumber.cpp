// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/renumber.hpp"

#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/renumber/type_key.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_set>

namespace kbtf {
namespace {

constexpr std::uint8_t k_all_flags = 0xff;

Renumbered refused(RefusalReason reason, std::string detail = {}) {
  return {{}, reason, std::move(detail)};
}

class Renumberer {
public:
  Renumberer(const BaseMap& map, const BtfView& split)
      : m_map(map), m_strings(map.strings()), m_from(map.from().parts().view),
        m_to(map.to().parts().view), m_split(split) {}

  // Each step returns false if it has refused.
  [[nodiscard]] bool check_uses(const Profile& profile);
  [[nodiscard]] bool move_strings();
  [[nodiscard]] bool move_types();
  // An ambiguous key resolves as before only if the table does not grow under this module.
  [[nodiscard]] bool check_table(const Profile& profile);
  [[nodiscard]] Renumbered result(std::span<const std::byte> split) const;
  [[nodiscard]] Renumbered take_refusal() { return std::move(m_refusal); }

private:
  bool refuse(RefusalReason reason, std::string detail = {}) {
    m_refusal = refused(reason, std::move(detail));
    return false;
  }
  [[nodiscard]] bool check_use(std::uint32_t id, std::uint8_t mask);
  [[nodiscard]] bool check_flags(const BtfType& type, unsigned flags, unsigned shared);
  [[nodiscard]] bool check_key(const BtfType& type);
  [[nodiscard]] bool check_reference(const BtfType& type);
  [[nodiscard]] bool check_tag(const BtfType& type);
  [[nodiscard]] bool move_type(const BtfType& type);
  // k_none if missing.
  [[nodiscard]] std::uint32_t new_string(std::uint32_t offset) const;
  [[nodiscard]] std::uint32_t new_id(std::uint32_t id) const;
  // Equal for equal strings, comparable with offsets of the new base.
  [[nodiscard]] std::uint32_t string_id(std::uint32_t offset) const {
    return offset < m_from.string_size() ? m_strings.common_id(offset) : new_string(offset);
  }
  [[nodiscard]] std::string name(const BtfType& type) const {
    const char* text = m_split.string(type.name);
    return std::string(kind_name(type.kind())) + " " + (text && *text ? text : "(unnamed)");
  }

  const BaseMap& m_map;
  const StringMap& m_strings;
  const BtfView& m_from;
  const BtfView& m_to;
  const BtfView& m_split;
  std::vector<std::uint32_t> m_moved; // by offset after the base's strings
  std::string m_new_strings;
  std::unordered_set<std::uint32_t> m_given_up; // own strings that the new base has, by offset
  std::vector<std::uint32_t> m_words;           // the new types
  std::vector<std::uint64_t> m_order_keys;      // of the module's own types
  bool m_ambiguous = false;
  Renumbered m_refusal;
};

bool Renumberer::check_uses(const Profile& profile) {
  for (const std::uint32_t id : profile.uses())
    if (!check_use(id, k_all_flags))
      return false;
  for (const std::uint32_t id : profile.names())
    if (!check_use(id, static_cast<std::uint8_t>(~BaseMap::Flags::changed)))
      return false;
  for (const std::uint32_t offset : profile.strings())
    if (m_strings.moved(offset) == StringMap::k_none) {
      const char* text = m_from.string(offset);
      return refuse(RefusalReason::base_string_gone, text ? text : "");
    }
  return true;
}

bool Renumberer::check_use(std::uint32_t id, std::uint8_t mask) {
  if (id >= m_from.type_count())
    return refuse(RefusalReason::other_module);
  const BtfType type = m_from.type(id);
  if (m_map.moved(id) == 0)
    return refuse(RefusalReason::uses_changed_type, name(type));
  return check_flags(type, m_map.type_flags(id) & mask, BaseMap::Flags::ambiguous);
}

// `shared`: the flag that says that other types have the key too.
bool Renumberer::check_flags(const BtfType& type, unsigned flags, unsigned shared) {
  using Flags = BaseMap::Flags;
  if ((flags & Flags::delta) != 0)
    return refuse(RefusalReason::name_in_change, name(type));
  if ((flags & Flags::changed) != 0)
    return refuse(RefusalReason::uses_changed_type, name(type));
  if ((flags & shared) != 0) {
    if ((flags & (Flags::below_delta | Flags::reordered)) != 0)
      return refuse(RefusalReason::ambiguous, name(type));
    m_ambiguous = true;
  }
  return true;
}

bool Renumberer::move_strings() {
  const std::uint64_t most = k_btf_max_name_offset;
  m_moved.assign(m_split.string_size(), StringMap::k_none);
  m_new_strings.reserve(m_split.string_size());
  for_each_own_string(m_split, [&](std::uint32_t offset, std::string_view text) {
    std::uint32_t& moved = m_moved[offset - m_from.string_size()];
    moved = m_strings.find(text);
    if (moved != StringMap::k_none) {
      m_given_up.insert(offset);
      return;
    }
    moved = m_to.string_size() + static_cast<std::uint32_t>(m_new_strings.size());
    m_new_strings += text;
    m_new_strings += '\0';
  });
  if (std::uint64_t{m_to.string_size()} + m_new_strings.size() > most)
    return refuse(RefusalReason::too_large);
  return true;
}

std::uint32_t Renumberer::new_string(std::uint32_t offset) const {
  if (offset < m_from.string_size())
    return m_strings.moved(offset);
  offset -= m_from.string_size();
  return offset < m_moved.size() ? m_moved[offset] : StringMap::k_none;
}

std::uint32_t Renumberer::new_id(std::uint32_t id) const {
  constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();
  if (id == 0)
    return 0;
  if (id < m_from.type_count())
    return m_map.moved(id) == 0 ? k_none : m_map.moved(id);
  return id < m_split.type_count() ? id - m_from.type_count() + m_to.type_count() : k_none;
}

bool Renumberer::check_key(const BtfType& type) {
  if (is_nameless_forward(type))
    return refuse(RefusalReason::ambiguous, name(type));
  const auto strings = [&](std::uint32_t offset) { return string_id(offset); };
  const std::uint64_t order = order_key(type, strings);
  unsigned flags = m_map.key_flags(type_key(type, strings)) | m_map.key_flags(order);
  m_order_keys.push_back(order);
  if (type.kind() == kind_fwd)
    flags &= ~unsigned{BaseMap::Flags::changed};
  return check_flags(type, flags, BaseMap::Flags::in_base);
}

bool Renumberer::check_reference(const BtfType& type) {
  const std::uint64_t key = reference_key(
      type, [&](std::uint32_t offset) { return string_id(offset); },
      [&](std::uint32_t id) { return new_id(id); });
  if ((m_map.key_flags(key) & BaseMap::Flags::delta) != 0)
    return refuse(RefusalReason::now_in_base, name(type));
  return true;
}

// pahole (btf_encoder__tag_kfuncs) finds the function to tag by name, also among the base's.
bool Renumberer::check_tag(const BtfType& type) {
  if (type.kind() != kind_decl_tag || type.size_or_type >= m_split.type_count())
    return true;
  const BtfType target = m_split.type(type.size_or_type);
  if (target.kind() == kind_func && m_map.is_function_name(new_string(target.name)))
    return refuse(RefusalReason::function_tags, name(target));
  return true;
}

bool Renumberer::move_type(const BtfType& type) {
  RefusalReason reason = RefusalReason::none;
  for_each_word(type, [&](const Word& word) {
    std::uint32_t value = word.value;
    if (word.role == WordRole::string) {
      value = new_string(word.value);
      m_given_up.erase(word.value);
      if (value == StringMap::k_none)
        reason =
            m_split.string(word.value) ? RefusalReason::base_string_gone : RefusalReason::malformed;
    } else if (word.role == WordRole::type_id) {
      value = new_id(word.value);
      if (value == std::numeric_limits<std::uint32_t>::max())
        reason = word.value < m_split.type_count() ? RefusalReason::uses_changed_type
                                                   : RefusalReason::malformed;
    }
    m_words.push_back(value);
  });
  return reason == RefusalReason::none || refuse(reason, name(type));
}

bool Renumberer::move_types() {
  const std::uint32_t own = m_split.type_count() - m_from.type_count();
  if (std::uint64_t{m_to.type_count()} + own > k_btf_max_type)
    return refuse(RefusalReason::too_large);
  for (std::uint32_t id = m_split.first_id(); id < m_split.type_count(); ++id) {
    const BtfType type = m_split.type(id);
    if (!move_type(type)) // first: the keys need words in range
      return false;
    const std::uint32_t kind = type.kind();
    if (is_reference_kind(kind) && (!check_reference(type) || !check_tag(type)))
      return false;
    if (is_keyed_kind(kind) && !check_key(type))
      return false;
  }
  // No type shows such a string: it would have to become one of the profile's strings.
  return m_given_up.empty() || refuse(RefusalReason::now_in_base, "a string without a type");
}

bool Renumberer::check_table(const Profile& profile) {
  std::sort(m_order_keys.begin(), m_order_keys.end());
  if (std::adjacent_find(m_order_keys.begin(), m_order_keys.end()) != m_order_keys.end())
    m_ambiguous = true; // among the module's own
  if (m_ambiguous && profile.table_entries() >= m_map.room_in_table())
    return refuse(RefusalReason::ambiguous, "libbpf's table grows");
  return true;
}

Renumbered Renumberer::result(std::span<const std::byte> split) const {
  // BtfView has checked that types, layout and strings fill the space after the header, and that
  // unknown header fields are zero. The types keep their length.
  std::uint32_t header_size = 0;
  std::memcpy(&header_size, split.data() + offsetof(BtfHeader, hdr_len), sizeof header_size);
  const auto string_size = static_cast<std::uint32_t>(m_new_strings.size());
  Renumbered made;
  made.bytes.reserve(split.size() + m_new_strings.size());
  const auto append = [&made](std::span<const std::byte> bytes) {
    made.bytes.insert(made.bytes.end(), bytes.begin(), bytes.end());
  };
  append(split.first(header_size));
  std::memcpy(made.bytes.data() + offsetof(BtfHeader, str_len), &string_size, sizeof string_size);
  append(std::as_bytes(std::span(m_words)));
  append(m_split.layout());
  append(std::as_bytes(std::span(m_new_strings)));
  return made;
}

} // namespace

Renumbered renumber_split(const BaseMap& map, const Profile& profile,
                          std::span<const std::byte> split) {
  if (hash_bytes(split) != profile.split())
    return refused(RefusalReason::other_module);
  const auto view = BtfView::parse(split, &map.from().parts().view);
  if (!view)
    return refused(RefusalReason::malformed, view.error().text);
  Renumberer renumberer(map, *view);
  if (!renumberer.check_uses(profile) || !renumberer.move_strings() || !renumberer.move_types() ||
      !renumberer.check_table(profile))
    return renumberer.take_refusal();
  return renumberer.result(split);
}

const char* to_string(RefusalReason reason) {
  switch (reason) {
  case RefusalReason::none:
    return "none";
  case RefusalReason::other_module:
    return "other_module";
  case RefusalReason::malformed:
    return "malformed";
  case RefusalReason::uses_changed_type:
    return "uses_changed_type";
  case RefusalReason::name_in_change:
    return "name_in_change";
  case RefusalReason::now_in_base:
    return "now_in_base";
  case RefusalReason::ambiguous:
    return "ambiguous";
  case RefusalReason::base_string_gone:
    return "base_string_gone";
  case RefusalReason::function_tags:
    return "function_tags";
  case RefusalReason::ids_ambiguous:
    return "ids_ambiguous";
  case RefusalReason::too_large:
    return "too_large";
  }
  return "unknown";
}

} // namespace kbtf
