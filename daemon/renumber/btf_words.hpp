// SPDX-License-Identifier: GPL-2.0-only
// A BTF type as a row of 32-bit words, each with its role: a plain value, a string offset or a type
// id (linux/btf.h, Documentation/bpf/btf.rst). Comparing, hashing and rewriting types all use this
// one table, so they cannot disagree. Pure; for types of a parsed BtfView.
#pragma once

#include "daemon/btf/btf_view.hpp"

#include <cstdint>
#include <string_view>

namespace kbtf {

enum class WordRole { value, string, type_id };

struct Word {
  WordRole role;
  std::size_t index; // from the start of the struct btf_type: name 0, info 1, size or type 2
  std::uint32_t value;
};

// Kinds that consist only of their name and what they refer to. libbpf deduplicates them last and
// by exact equality (btf_dedup_ref_type).
[[nodiscard]] inline bool is_reference_kind(std::uint32_t kind) {
  switch (kind) {
  case kind_ptr:
  case kind_array:
  case kind_typedef:
  case kind_volatile:
  case kind_const:
  case kind_restrict:
  case kind_func:
  case kind_func_proto:
  case kind_decl_tag:
  case kind_type_tag:
    return true;
  default:
    return false;
  }
}

// Kinds that are never deduplicated.
[[nodiscard]] inline bool is_variable_kind(std::uint32_t kind) {
  return kind == kind_var || kind == kind_datasec;
}

// Whether the third word is a type id.
[[nodiscard]] inline bool holds_type_id(std::uint32_t kind) {
  return (is_reference_kind(kind) && kind != kind_array) || kind == kind_var;
}

// The roles of one entry's words ('s'tring, 'i'd, 'v'alue); of all words if the kind has no list.
[[nodiscard]] inline std::string_view entry_roles(std::uint32_t kind) {
  switch (kind) {
  case kind_int:
  case kind_var:
  case kind_decl_tag:
    return "v";
  case kind_array:
    return "iiv";
  case kind_struct:
  case kind_union:
    return "siv";
  case kind_enum:
    return "sv";
  case kind_enum64:
    return "svv";
  case kind_func_proto:
    return "si";
  case kind_datasec:
    return "ivv";
  default:
    return "";
  }
}

// The word that for_each_word passes with `index`.
[[nodiscard]] inline std::uint32_t word_at(const BtfType& type, std::size_t index) {
  return index == 0   ? type.name
         : index == 1 ? type.info
         : index == 2 ? type.size_or_type
                      : type.word(index - 3);
}

// A named struct, union, enum or forward declaration: the types that have a tag in C.
[[nodiscard]] inline bool has_tag(const BtfType& type) {
  const std::uint32_t kind = type.kind();
  return type.name != 0 && (is_composite(kind) || kind == kind_fwd || is_enumeration(kind));
}

// Calls f(Word) for each word of `type`, in order. f returns void.
template <typename F> void for_each_word(const BtfType& type, F&& f) {
  const std::uint32_t kind = type.kind();
  f(Word{WordRole::string, 0, type.name});
  f(Word{WordRole::value, 1, type.info});
  f(Word{holds_type_id(kind) ? WordRole::type_id : WordRole::value, 2, type.size_or_type});
  const std::string_view roles = entry_roles(kind);
  const std::size_t count = words_behind(type);
  for (std::size_t i = 0, role = 0; i < count; ++i, role = role + 1 == roles.size() ? 0 : role + 1)
    f(Word{roles[role] == 's'   ? WordRole::string
           : roles[role] == 'i' ? WordRole::type_id
                                : WordRole::value,
           i + 3, type.word(i)});
}

// Whether two types have the same kind and size, and agree(word of a, that word of b) holds for all
// words.
template <typename F>
[[nodiscard]] bool all_words_agree(const BtfType& a, const BtfType& b, F&& agree) {
  if (a.info != b.info)
    return false;
  bool same = true;
  for_each_word(a, [&](const Word& word) { same = same && agree(word, word_at(b, word.index)); });
  return same;
}

} // namespace kbtf
