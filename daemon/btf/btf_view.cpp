// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/btf_view.hpp"

#include <algorithm>
#include <array>

namespace kbtf {
namespace {

constexpr std::size_t k_header_size = sizeof(btf_header);
constexpr std::size_t k_type_size = sizeof(btf_type);
static_assert(k_header_size == 24 && k_type_size == 12);

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

constexpr std::array<const char*, 20> k_kind_names = {
    "void", "int",     "ptr",      "array",    "struct",   "union", "enum",
    "fwd",  "typedef", "volatile", "const",    "restrict", "func",  "func_proto",
    "var",  "datasec", "float",    "decl_tag", "type_tag", "enum64"};
static_assert(k_kind_names.size() == BTF_KIND_ENUM64 + 1);

} // namespace

std::string kind_name(std::uint32_t kind) {
  return kind < k_kind_names.size() ? k_kind_names[kind] : "kind " + std::to_string(kind);
}

bool is_modifier(std::uint32_t kind) {
  return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_CONST ||
         kind == BTF_KIND_RESTRICT || kind == BTF_KIND_TYPE_TAG;
}

bool is_composite(std::uint32_t kind) {
  return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

std::size_t words_per_entry(std::uint32_t kind) {
  switch (kind) {
  case BTF_KIND_STRUCT:
  case BTF_KIND_UNION:
  case BTF_KIND_DATASEC:
  case BTF_KIND_ENUM64:
    return 3;
  case BTF_KIND_ENUM:
  case BTF_KIND_FUNC_PROTO:
    return 2;
  default:
    return 0;
  }
}

std::size_t words_behind(const BtfType& type) {
  switch (type.kind()) {
  case BTF_KIND_INT:
  case BTF_KIND_VAR:
  case BTF_KIND_DECL_TAG:
    return 1;
  case BTF_KIND_ARRAY:
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

// The kernel copies min(hdr_len, 24) bytes of the header; libbpf wants all 24. Both want types
// and strings to fill what follows, which also makes every sum below fit.
Status BtfView::parse_header(std::span<const std::byte> btf) {
  if (btf.size() < k_header_size)
    return malformed("header is cut short: " + std::to_string(btf.size()) + " bytes");
  btf_header header;
  std::memcpy(&header, btf.data(), sizeof header);
  if (header.magic == ((BTF_MAGIC & 0xff) << 8 | BTF_MAGIC >> 8))
    return unsupported("BTF of the other byte order");
  if (header.magic != BTF_MAGIC)
    return malformed("no BTF: wrong magic number");
  if (header.version != BTF_VERSION)
    return unsupported("BTF version " + std::to_string(header.version));
  if (header.flags != 0)
    return unsupported("header flags " + std::to_string(header.flags));
  if (header.hdr_len < k_header_size || header.hdr_len > btf.size())
    return malformed("header length " + std::to_string(header.hdr_len) + " does not fit");
  const auto more = btf.subspan(k_header_size, header.hdr_len - k_header_size);
  if (std::any_of(more.begin(), more.end(), [](std::byte b) { return b != std::byte{0}; }))
    return unsupported("header of " + std::to_string(header.hdr_len) +
                       " bytes with unknown fields");
  const std::uint64_t body = btf.size() - header.hdr_len;
  if (header.type_off != 0 || header.str_off != header.type_len ||
      std::uint64_t{header.str_off} + header.str_len != body)
    return malformed("header: types (" + std::to_string(header.type_off) + "+" +
                     std::to_string(header.type_len) + ") and strings (" +
                     std::to_string(header.str_off) + "+" + std::to_string(header.str_len) +
                     ") do not fill the " + std::to_string(body) + " bytes behind the header");
  if (!m_base && header.type_len == 0)
    return malformed("no types");
  m_types = btf.data() + header.hdr_len;
  m_type_size = header.type_len;
  m_strings = reinterpret_cast<const char*>(m_types + header.str_off);
  m_string_size = header.str_len;
  return Ok{};
}

Status BtfView::check_strings() const {
  if (m_string_size == 0) {
    if (m_base)
      return Ok{};
    return malformed("no strings");
  }
  if (m_string_size - 1 > BTF_MAX_NAME_OFFSET)
    return malformed("string section is too long: " + std::to_string(m_string_size) + " bytes");
  if (m_strings[m_string_size - 1] != '\0')
    return malformed("last string does not end");
  if (!m_base && m_strings[0] != '\0')
    return malformed("first string is not the empty one");
  return Ok{};
}

Status BtfView::index_types() {
  m_offsets.reserve(m_type_size / 24); // about what types take; never more than they could
  std::uint32_t at = 0;
  while (at < m_type_size) {
    const std::uint32_t id = type_count();
    if (id > BTF_MAX_TYPE)
      return malformed("too many types");
    const std::uint32_t left = m_type_size - at;
    if (left < k_type_size)
      return type_error(id, "cut short");
    BtfType type;
    type.info = load32(m_types + at + offsetof(btf_type, info));
    if (type.kind() == BTF_KIND_UNKN)
      return type_error(id, "kind 0");
    if (type.kind() > BTF_KIND_ENUM64)
      return type_error(id, "unknown kind " + std::to_string(type.kind()), ErrorKind::unsupported);
    const std::size_t size = k_type_size + words_behind(type) * sizeof(std::uint32_t);
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
  return {load32(at + offsetof(btf_type, name_off)), load32(at + offsetof(btf_type, info)),
          load32(at + offsetof(btf_type, size)), at + k_type_size};
}

const char* BtfView::string(std::uint32_t offset) const {
  const BtfView* view = this;
  while (offset < view->m_first_string)
    view = view->m_base;
  offset -= view->m_first_string;
  return offset < view->m_string_size ? view->m_strings + offset : nullptr;
}

} // namespace kbtf
