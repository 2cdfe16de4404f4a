// SPDX-License-Identifier: GPL-2.0-only
// BTF as numbers: header, info word, kinds, limits, from include/uapi/linux/btf.h of Linux 7.3;
// earlier kernels' BTF is a subset. A private copy, since a system's own header is that of its
// kernel: up to 7.0 the info word has 16 bits of vlen and 5 of kind, with zeros between them, and
// the BTF header ends before the layout section. A program built there must read the newer format
// too. All fields have the machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kbtf {

constexpr std::uint16_t k_btf_magic = 0xeb9f;
constexpr std::uint8_t k_btf_version = 1;
constexpr std::uint32_t k_btf_max_type = 0x000fffff;        // highest id
constexpr std::uint32_t k_btf_max_name_offset = 0x00ffffff; // highest string offset
constexpr std::uint32_t k_btf_old_max_vlen = 0xffff; // the most that libbpf before 1.7 can read

// struct btf_header. Offsets are in bytes from the end of the header.
struct BtfHeader {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t hdr_len;
  std::uint32_t type_off;
  std::uint32_t type_len;
  std::uint32_t str_off;
  std::uint32_t str_len;
  // Only in 32-byte headers (Linux 7.1, libbpf 1.7).
  std::uint32_t layout_off;
  std::uint32_t layout_len;
};
constexpr std::size_t k_short_btf_header = offsetof(BtfHeader, layout_off);
static_assert(k_short_btf_header == 24 && sizeof(BtfHeader) == 32);

constexpr std::size_t k_layout_entry = 4; // bytes of a struct btf_layout, one per kind

// struct btf_type: name_off, info, size or type.
constexpr std::size_t k_btf_type_size = 12;

// The kinds that kbtf knows. An unknown kind makes the BTF unsupported even with a layout section,
// which does not say what the kind's words mean for deduplication.
enum BtfKind : std::uint32_t {
  kind_unkn,
  kind_int,
  kind_ptr,
  kind_array,
  kind_struct,
  kind_union,
  kind_enum,
  kind_fwd,
  kind_typedef,
  kind_volatile,
  kind_const,
  kind_restrict,
  kind_func,
  kind_func_proto,
  kind_var,
  kind_datasec,
  kind_float,
  kind_decl_tag,
  kind_type_tag,
  kind_enum64,
  k_kind_count,
};

// The info word: bits 0-23 vlen, 24-30 kind, 31 kind_flag.
[[nodiscard]] constexpr std::uint32_t info_kind(std::uint32_t info) {
  return info >> 24 & 0x7f;
}
[[nodiscard]] constexpr std::uint32_t info_vlen(std::uint32_t info) {
  return info & 0xffffff;
}
[[nodiscard]] constexpr bool info_kflag(std::uint32_t info) {
  return info >> 31 != 0;
}

// The word after a kind_int.
enum IntEncoding : std::uint32_t { int_signed = 1, int_char = 2, int_bool = 4 };
[[nodiscard]] constexpr std::uint32_t int_encoding(std::uint32_t word) {
  return word >> 24 & 0x0f;
}
[[nodiscard]] constexpr std::uint32_t int_offset(std::uint32_t word) {
  return word >> 16 & 0xff;
}
[[nodiscard]] constexpr std::uint32_t int_bits(std::uint32_t word) {
  return word & 0xff;
}

// A member's offset word, if the struct's kind_flag is set.
[[nodiscard]] constexpr std::uint32_t member_bitfield_size(std::uint32_t word) {
  return word >> 24;
}
[[nodiscard]] constexpr std::uint32_t member_bit_offset(std::uint32_t word) {
  return word & 0xffffff;
}

// A function's vlen, and the word after a kind_var.
enum FuncLinkage : std::uint32_t { func_static, func_global, func_extern };
enum VarLinkage : std::uint32_t { var_static, var_global_allocated, var_global_extern };

} // namespace kbtf
