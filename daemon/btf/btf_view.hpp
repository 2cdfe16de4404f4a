// SPDX-License-Identifier: GPL-2.0-only
// Walks raw BTF without trusting it: header, the place of every type, strings. After parse() each
// type's bytes lie within the type section, its kind is known and every string ends, so type(),
// word() and string() cannot leave the buffer. Knows the format (linux/btf.h,
// Documentation/bpf/btf.rst; header rules of kernel/bpf/btf.c: btf_parse_hdr, btf_parse_str_sec),
// not what a type may mean: ids and name offsets inside types can still be anything.
// Shared by the checks of this folder; owns nothing but its index.
#pragma once

#include "proto/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/btf.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// One decoded `struct btf_type` and where the words behind it begin. A value; the words belong to
// the buffer that the view was made from.
struct BtfType {
  std::uint32_t name = 0;         // string offset
  std::uint32_t info = 0;         // kind, vlen, kind_flag
  std::uint32_t size_or_type = 0; // which of the two, the kind says
  const std::byte* extra = nullptr;

  [[nodiscard]] std::uint32_t kind() const { return BTF_INFO_KIND(info); }
  [[nodiscard]] std::uint32_t vlen() const { return BTF_INFO_VLEN(info); }
  [[nodiscard]] bool kflag() const { return BTF_INFO_KFLAG(info) != 0; }
  // The i-th 32-bit word behind the fixed part; `i` below words_behind(*this).
  [[nodiscard]] std::uint32_t word(std::size_t i) const {
    std::uint32_t value = 0;
    std::memcpy(&value, extra + i * sizeof value, sizeof value);
    return value;
  }
};

// How many 32-bit words one entry of the type takes (a member 3, an enumerator 2; 0 where the
// kind has no list), and how many words stand behind the fixed part in all.
[[nodiscard]] std::size_t words_per_entry(std::uint32_t kind);
[[nodiscard]] std::size_t words_behind(const BtfType& type);

[[nodiscard]] bool is_modifier(std::uint32_t kind);  // typedef, const, volatile, restrict, tag
[[nodiscard]] bool is_composite(std::uint32_t kind); // struct, union
// "struct", "func_proto", ...; "kind 23" for one that this program does not know.
[[nodiscard]] std::string kind_name(std::uint32_t kind);

// Calls f(type id, where) for each type id that `type` holds; `where` is "" for its own type
// field, otherwise what the id stands in ("member", "parameter", ...), with `index`.
template <typename F> void for_each_type_id(const BtfType& type, F&& f);
// Calls f(string offset) for each string offset that `type` holds, its own name first.
template <typename F> void for_each_string(const BtfType& type, F&& f);

// BTF on its own, or one layer on top of another. Keeps pointers to the buffer and to the base:
// both must outlive it. Immutable after parse(), so threads may share it.
class BtfView {
public:
  // Errors: malformed; unsupported for the other byte order, another version, header flags or
  // fields, and kinds, that this program does not know.
  [[nodiscard]] static Expected<BtfView> parse(std::span<const std::byte> btf,
                                               const BtfView* base = nullptr);

  [[nodiscard]] const BtfView* base() const { return m_base; }
  [[nodiscard]] std::uint32_t first_id() const { return m_first_id; }
  // One more than the highest type id; void and the base's types included.
  [[nodiscard]] std::uint32_t type_count() const {
    return m_first_id + static_cast<std::uint32_t>(m_offsets.size());
  }
  [[nodiscard]] std::uint32_t string_size() const { return m_string_size; } // own, bytes
  // `id` below type_count(); 0 gives void, of kind BTF_KIND_UNKN.
  [[nodiscard]] BtfType type(std::uint32_t id) const;
  // The string at `offset`, nullptr when that lies outside of base and own strings.
  [[nodiscard]] const char* string(std::uint32_t offset) const;

private:
  BtfView() = default;
  [[nodiscard]] Status parse_header(std::span<const std::byte> btf);
  [[nodiscard]] Status check_strings() const;
  [[nodiscard]] Status index_types();

  const BtfView* m_base = nullptr;
  const std::byte* m_types = nullptr;
  const char* m_strings = nullptr;
  std::uint32_t m_type_size = 0; // bytes
  std::uint32_t m_string_size = 0;
  std::uint32_t m_first_id = 1;
  std::uint32_t m_first_string = 0;
  std::vector<std::uint32_t> m_offsets; // of own types in m_types
};

// "type 12: WHAT", malformed unless said otherwise.
[[nodiscard]] Unexpected type_error(std::uint32_t id, const std::string& what,
                                    ErrorKind kind = ErrorKind::malformed);

template <typename F> void for_each_type_id(const BtfType& type, F&& f) {
  const auto list = [&](const char* where, std::size_t step, std::size_t at) {
    for (std::uint32_t i = 0; i < type.vlen(); ++i)
      f(type.word(i * step + at), where, i);
  };
  switch (type.kind()) {
  case BTF_KIND_PTR:
  case BTF_KIND_TYPEDEF:
  case BTF_KIND_VOLATILE:
  case BTF_KIND_CONST:
  case BTF_KIND_RESTRICT:
  case BTF_KIND_TYPE_TAG:
  case BTF_KIND_FUNC:
  case BTF_KIND_VAR:
  case BTF_KIND_DECL_TAG:
    f(type.size_or_type, "", 0U);
    break;
  case BTF_KIND_ARRAY:
    f(type.word(0), "element", 0U);
    f(type.word(1), "index", 0U);
    break;
  case BTF_KIND_STRUCT:
  case BTF_KIND_UNION:
    list("member", 3, 1);
    break;
  case BTF_KIND_FUNC_PROTO:
    f(type.size_or_type, "return", 0U);
    list("parameter", 2, 1);
    break;
  case BTF_KIND_DATASEC:
    list("variable", 3, 0);
    break;
  default: // int, enum, enum64, float, fwd
    break;
  }
}

template <typename F> void for_each_string(const BtfType& type, F&& f) {
  f(type.name);
  switch (type.kind()) {
  case BTF_KIND_STRUCT:
  case BTF_KIND_UNION:
  case BTF_KIND_ENUM:
  case BTF_KIND_ENUM64:
  case BTF_KIND_FUNC_PROTO: {
    const std::size_t step = words_per_entry(type.kind());
    for (std::size_t i = 0; i < type.vlen(); ++i)
      f(type.word(i * step));
    break;
  }
  default:
    break;
  }
}

} // namespace kbtf
