// SPDX-License-Identifier: GPL-2.0-only
// The keys, as numbers, by which deduplication finds a type. Types that btf__dedup could ever take
// for candidates of each other have the same key; it does no harm if others share it. Strings enter
// as ids that are equal for equal strings (offsets in the new base), references as ids of the new
// base. Pure.
#pragma once

#include "daemon/renumber/btf_words.hpp"
#include "daemon/renumber/key_table.hpp"

#include <cstdint>

namespace kbtf {

// A type's content without its references: what btf_hash_struct and the like hash.
template <typename F> [[nodiscard]] std::uint64_t shape_key(const BtfType& type, F&& string_id) {
  std::uint64_t key = 0x7368617065; // distinct from the other keys
  for_each_word(type, [&](const Word& word) {
    if (word.role != WordRole::type_id)
      key = mix(key, word.role == WordRole::string ? string_id(word.value) : word.value);
  });
  return key;
}

// Kinds that deduplication does not find by their whole content, or that refer to nothing. Typedefs
// are both keyed and reference kinds: libbpf looks them up by content up to 1.6, by name from 1.7
// on (btf_dedup_struct_type), and we do not know which libbpf a pahole has.
[[nodiscard]] inline bool is_keyed_kind(std::uint32_t kind) {
  return kind == kind_typedef || (!is_reference_kind(kind) && !is_variable_kind(kind));
}

// For keyed kinds.
//   struct, union, fwd: by name, since a fwd becomes the struct of its name if it is the only
//     one; without a name by content (btf_shallow_equal_struct)
//   enum, enum64: by name (btf_compat_enum); without a name by content
//   typedef: by name (btf_hash_typedef)
//   int, float: by content
template <typename F> [[nodiscard]] std::uint64_t type_key(const BtfType& type, F&& string_id) {
  enum Class : std::uint64_t { composite = 1, enumeration, definition };
  const std::uint32_t kind = type.kind();
  if (type.name != 0 && (is_composite(kind) || kind == kind_fwd))
    return mix(composite, string_id(type.name));
  if (type.name != 0 && is_enumeration(kind))
    return mix(enumeration, string_id(type.name));
  if (kind == kind_typedef)
    return mix(definition, string_id(type.name));
  return shape_key(type, string_id);
}

// Types that compete in one lookup have the same order key.
template <typename F> [[nodiscard]] std::uint64_t order_key(const BtfType& type, F&& string_id) {
  return is_enumeration(type.kind()) ? type_key(type, string_id) : shape_key(type, string_id);
}

// For reference kinds.
template <typename F, typename G>
[[nodiscard]] std::uint64_t reference_key(const BtfType& type, F&& string_id, G&& new_id) {
  std::uint64_t key = 0x7265666572656e63; // distinct from the other keys
  for_each_word(type, [&](const Word& word) {
    key = mix(key, word.role == WordRole::string    ? string_id(word.value)
                   : word.role == WordRole::type_id ? new_id(word.value)
                                                    : word.value);
  });
  return key;
}

// A forward declaration that btf__dedup would take for any unnamed type. C has none.
[[nodiscard]] inline bool is_nameless_forward(const BtfType& type) {
  const std::uint32_t kind = type.kind();
  return type.name == 0 && (kind == kind_fwd || (is_enumeration(kind) && type.vlen() == 0));
}

} // namespace kbtf
