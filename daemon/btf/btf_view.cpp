// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/btf_view.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

// Of a struct btf_type: name_off, info, size or type.
constexpr std::size_t k_info_at = 4;
constexpr std::size_t k_size_at = 8;

std::uint32_t load32(const std::byte* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

Unexpected malformed(std::string what) {
  return unexpected(ErrorKind::malformed, std::move(what));
}
Unexpected unsupported(std::string what) {
  return unexpected(ErrorKind::unsupported, std::move(what));
}

constexpr std::array<const char*, k_kind_count> k_kind_names = {
    "void", "int",     "ptr",      "array",    "struct",   "union", "enum",
    "fwd",  "typedef", "volatile", "const",    "restrict", "func",  "func_proto",
    "var",  "datasec", "float",    "decl_tag", "type_tag", "enum64"};

} // namespace

std::string kind_name(std::uint32_t kind) {
  return kind < k_kind_names.size() ? k_kind_names[kind] : "kind " + std::to_string(kind);
}

bool is_modifier(std::uint32_t kind) {
  return kind == kind_typedef || kind == kind_volatile || kind == kind_const ||
         kind == kind_restrict || kind == kind_type_tag;
}

bool is_enumeration(std::uint32_t kind) {
  return kind == kind_enum || kind == kind_enum64;
}

bool is_composite(std::uint32_t kind) {
  return kind == kind_struct || kind == kind_union;
}

std::size_t words_per_entry(std::uint32_t kind) {
  switch (kind) {
  case kind_struct:
  case kind_union:
  case kind_datasec:
  case kind_enum64:
    return 3;
  case kind_enum:
  case kind_func_proto:
    return 2;
  default:
    return 0;
  }
}

std::size_t words_behind(const BtfType& type) {
  switch (type.kind()) {
  case kind_int:
  case kind_var:
  case kind_decl_tag:
    return 1;
  case kind_array:
    return 3;
  default:
    return words_per_entry(type.kind()) * type.vlen();
  }
}

Unexpected type_error(std::uint32_t id, const std::string& what, ErrorKind kind) {
  return unexpected(kind, "type " + std::to_string(id) + ": " + what);
}

Expected<BtfView> BtfView::parse(std::span<const std::byte> btf, const BtfView* base) {
  BtfView view;
  view.m_base = base;
  if (base) {
    view.m_first_id = base->type_count();
    view.m_first_string = base->string_size();
  }
  if (auto header = view.parse_header(btf); !header)
    return header.forward_error();
  if (auto strings = view.check_strings(); !strings)
    return strings.forward_error();
  if (auto types = view.index_types(); !types)
    return types.forward_error();
  return view;
}

// The kernel copies the part of the header that it knows and requires the rest to be zero; libbpf
// requires at least 24 bytes.
Status BtfView::parse_header(std::span<const std::byte> btf) {
  if (btf.size() < k_short_btf_header)
    return malformed("header is cut short: " + std::to_string(btf.size()) + " bytes");
  BtfHeader header{};
  std::memcpy(&header, btf.data(), k_short_btf_header);
  if (header.magic == __builtin_bswap16(k_btf_magic))
    return unsupported("BTF of the other byte order");
  if (header.magic != k_btf_magic)
    return malformed("no BTF: wrong magic number");
  if (header.version != k_btf_version)
    return unsupported("BTF version " + std::to_string(header.version));
  if (header.flags != 0)
    return unsupported("header flags " + std::to_string(header.flags));
  if (header.hdr_len < k_short_btf_header || header.hdr_len > btf.size())
    return malformed("header length " + std::to_string(header.hdr_len) + " does not fit");
  const bool is_long = header.hdr_len >= sizeof header;
  const std::size_t known = is_long ? sizeof header : k_short_btf_header;
  std::memcpy(&header, btf.data(), known);
  const auto more = btf.subspan(known, header.hdr_len - known);
  if (std::any_of(more.begin(), more.end(), [](std::byte b) { return b != std::byte{0}; }))
    return unsupported("header of " + std::to_string(header.hdr_len) +
                       " bytes with unknown fields");
  return place_sections(header, btf.subspan(header.hdr_len));
}

// Types, layout and strings must fill the space after the header, in this order, as libbpf writes
// them; this also keeps every sum in range. The kernel (btf_check_sec_info) accepts another order.
Status BtfView::place_sections(const BtfHeader& header, std::span<const std::byte> body) {
  const auto place = [](std::uint32_t off, std::uint32_t len) {
    return std::to_string(off) + "+" + std::to_string(len);
  };
  const bool has_layout = header.layout_len != 0; // without, its offset means nothing
  const std::uint64_t types_end = header.type_len;
  const std::uint64_t layout_end = types_end + header.layout_len;
  if (header.type_off != 0 || (has_layout && header.layout_off != types_end) ||
      header.str_off != layout_end || layout_end + header.str_len != body.size())
    return malformed(
        "header: types (" + place(header.type_off, header.type_len) +
        (has_layout ? "), layout (" + place(header.layout_off, header.layout_len) : std::string()) +
        ") and strings (" + place(header.str_off, header.str_len) + ") do not fill the " +
        std::to_string(body.size()) + " bytes behind the header");
  if (!m_base && header.type_len == 0)
    return malformed("no types");
  m_types = body.data();
  m_type_size = header.type_len;
  m_layout = body.subspan(header.type_len, header.layout_len);
  m_strings = reinterpret_cast<const char*>(body.data() + header.str_off);
  m_string_size = header.str_len;
  return check_layout();
}

// btf_parse_layout_sec, and also checks that the section agrees with the kinds known here. It may
// describe more kinds, as long as no type is of one.
Status BtfView::check_layout() const {
  if (m_layout.size() % k_layout_entry != 0 || m_type_size % k_layout_entry != 0)
    return m_layout.empty() ? Status(Ok{})
                            : malformed("layout of " + std::to_string(m_layout.size()) +
                                        " bytes behind " + std::to_string(m_type_size) +
                                        " of types is not made of aligned entries");
  for (std::size_t kind = 0; kind < m_layout.size() / k_layout_entry; ++kind) {
    const std::byte* entry = m_layout.data() + kind * k_layout_entry; // info_sz, elem_sz, flags
    if (entry[2] != std::byte{0} || entry[3] != std::byte{0})
      return unsupported("layout of " + kind_name(static_cast<std::uint32_t>(kind)) +
                         " has unknown flags");
    if (kind == kind_unkn || kind >= k_kind_count)
      continue;
    BtfType type;
    type.info = static_cast<std::uint32_t>(kind) << 24;
    const std::size_t words = words_behind(type);
    const std::size_t per_entry = words_per_entry(type.kind());
    if (entry[0] != std::byte(words * sizeof(std::uint32_t)) ||
        entry[1] != std::byte(per_entry * sizeof(std::uint32_t)))
      return unsupported("layout of " + kind_name(type.kind()) + " is not the known one");
  }
  return Ok{};
}

Status BtfView::check_strings() const {
  if (m_string_size == 0) {
    if (m_base)
      return Ok{};
    return malformed("no strings");
  }
  if (m_string_size - 1 > k_btf_max_name_offset)
    return malformed("string section is too long: " + std::to_string(m_string_size) + " bytes");
  if (m_strings[m_string_size - 1] != '\0')
    return malformed("last string does not end");
  if (!m_base && m_strings[0] != '\0')
    return malformed("first string is not the empty one");
  return Ok{};
}

Status BtfView::index_types() {
  m_offsets.reserve(m_type_size / 24); // the average size; never more than there could be
  std::uint32_t at = 0;
  while (at < m_type_size) {
    const std::uint32_t id = type_count();
    if (id > k_btf_max_type)
      return malformed("too many types");
    const std::uint32_t left = m_type_size - at;
    if (left < k_btf_type_size)
      return type_error(id, "cut short");
    BtfType type;
    type.info = load32(m_types + at + k_info_at);
    if (type.kind() == kind_unkn)
      return type_error(id, "kind 0");
    if (type.kind() >= k_kind_count)
      return type_error(id, "unknown kind " + std::to_string(type.kind()), ErrorKind::unsupported);
    const std::size_t size = k_btf_type_size + words_behind(type) * sizeof(std::uint32_t);
    if (size > left)
      return type_error(id, kind_name(type.kind()) + " with vlen " + std::to_string(type.vlen()) +
                                " does not fit into the type section");
    m_offsets.push_back(at);
    at += static_cast<std::uint32_t>(size);
  }
  return Ok{};
}

BtfType BtfView::type(std::uint32_t id) const {
  if (id == 0)
    return {};
  const BtfView* view = this;
  while (id < view->m_first_id)
    view = view->m_base;
  const std::byte* at = view->m_types + view->m_offsets[id - view->m_first_id];
  return {load32(at), load32(at + k_info_at), load32(at + k_size_at), at + k_btf_type_size};
}

const char* BtfView::string(std::uint32_t offset) const {
  const BtfView* view = this;
  while (offset < view->m_first_string)
    view = view->m_base;
  offset -= view->m_first_string;
  return offset < view->m_string_size ? view->m_strings + offset : nullptr;
}

} // namespace kbtf
