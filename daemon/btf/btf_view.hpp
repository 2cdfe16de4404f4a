// SPDX-License-Identifier: GPL-2.0-only
// Walks raw BTF without trusting it: header, position of every type, strings. After parse() each
// type's bytes lie within the type section, its kind is known and every string is terminated, so
// type(), word() and string() cannot leave the buffer. Knows the format (btf_format.hpp,
// Documentation/bpf/btf.rst; header rules of kernel/bpf/btf.c: btf_parse_hdr, btf_check_sec_info,
// btf_parse_str_sec, btf_parse_layout_sec), not what a type may mean: ids and name offsets inside
// types can still be anything. Shared by the checks of this folder; owns only its index.
#pragma once

#include "daemon/btf/btf_format.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// One decoded `struct btf_type` and the start of the words after it. A value; the words belong to
// the buffer that the view was made from.
struct BtfType {
  std::uint32_t name = 0;         // string offset
  std::uint32_t info = 0;         // kind, vlen, kind_flag
  std::uint32_t size_or_type = 0; // the kind says which of the two
  const std::byte* extra = nullptr;

  [[nodiscard]] std::uint32_t kind() const { return info_kind(info); }
  [[nodiscard]] std::uint32_t vlen() const { return info_vlen(info); }
  [[nodiscard]] bool kflag() const { return info_kflag(info); }
  // The i-th 32-bit word after the fixed part; `i` below words_behind(*this).
  [[nodiscard]] std::uint32_t word(std::size_t i) const {
    std::uint32_t value = 0;
    std::memcpy(&value, extra + i * sizeof value, sizeof value);
    return value;
  }
};

// The number of 32-bit words in one entry of the type (a member 3, an enumerator 2; 0 if the kind
// has no list), and the total number of words after the fixed part.
[[nodiscard]] std::size_t words_per_entry(std::uint32_t kind);
[[nodiscard]] std::size_t words_behind(const BtfType& type);

[[nodiscard]] bool is_modifier(std::uint32_t kind);    // typedef, const, volatile, restrict, tag
[[nodiscard]] bool is_composite(std::uint32_t kind);   // struct, union
[[nodiscard]] bool is_enumeration(std::uint32_t kind); // enum, enum64
// "struct", "func_proto", ...; "kind 23" for a kind that this program does not know.
[[nodiscard]] std::string kind_name(std::uint32_t kind);

// Calls f(type id, where, index) for each type id in `type`; `where` is "" for its own type field,
// otherwise the role of the id ("member", "parameter", ...).
template <typename F> void for_each_type_id(const BtfType& type, F&& f);
// Calls f(string offset) for each string offset in `type`, its own name first.
template <typename F> void for_each_string(const BtfType& type, F&& f);

// Standalone BTF, or one layer on top of another. Keeps pointers to the buffer and to the base:
// both must outlive it. Immutable after parse(), so threads may share it.
class BtfView {
public:
  // Errors: malformed; unsupported for the other byte order, another version, or header flags,
  // header fields or kinds that this program does not know.
  [[nodiscard]] static Expected<BtfView> parse(std::span<const std::byte> btf,
                                               const BtfView* base = nullptr);

  [[nodiscard]] const BtfView* base() const { return m_base; }
  [[nodiscard]] std::uint32_t first_id() const { return m_first_id; }
  // One more than the highest type id; includes void and the base's types.
  [[nodiscard]] std::uint32_t type_count() const {
    return m_first_id + static_cast<std::uint32_t>(m_offsets.size());
  }
  [[nodiscard]] std::uint32_t string_size() const { return m_string_size; } // own, bytes
  // The bytes between types and strings: empty in BTF from before Linux 7.1, and mostly after it.
  [[nodiscard]] std::span<const std::byte> layout() const { return m_layout; }
  // `id` below type_count(); 0 gives void, of kind BTF_KIND_UNKN.
  [[nodiscard]] BtfType type(std::uint32_t id) const;
  // The string at `offset`; nullptr if `offset` is outside the base's and the own strings.
  [[nodiscard]] const char* string(std::uint32_t offset) const;

private:
  BtfView() = default;
  [[nodiscard]] Status parse_header(std::span<const std::byte> btf);
  [[nodiscard]] Status place_sections(const BtfHeader& header, std::span<const std::byte> body);
  [[nodiscard]] Status check_layout() const;
  [[nodiscard]] Status check_strings() const;
  [[nodiscard]] Status index_types();

  const BtfView* m_base = nullptr;
  const std::byte* m_types = nullptr;
  std::span<const std::byte> m_layout;
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
  case kind_ptr:
  case kind_typedef:
  case kind_volatile:
  case kind_const:
  case kind_restrict:
  case kind_type_tag:
  case kind_func:
  case kind_var:
  case kind_decl_tag:
    f(type.size_or_type, "", 0U);
    break;
  case kind_array:
    f(type.word(0), "element", 0U);
    f(type.word(1), "index", 0U);
    break;
  case kind_struct:
  case kind_union:
    list("member", 3, 1);
    break;
  case kind_func_proto:
    f(type.size_or_type, "return", 0U);
    list("parameter", 2, 1);
    break;
  case kind_datasec:
    list("variable", 3, 0);
    break;
  default: // int, enum, enum64, float, fwd
    break;
  }
}

template <typename F> void for_each_string(const BtfType& type, F&& f) {
  f(type.name);
  switch (type.kind()) {
  case kind_struct:
  case kind_union:
  case kind_enum:
  case kind_enum64:
  case kind_func_proto: {
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
