// SPDX-License-Identifier: GPL-2.0-only
// Rules for single types: the check_meta functions of kernel/bpf/btf.c, one by one.
#include "daemon/btf/btf_check_parts.hpp"

#include <bit>

namespace kbtf {
namespace {

constexpr std::uint32_t k_int_mask = 0x0fffffff; // BTF_INT_MASK
constexpr std::uint32_t k_int_bits_max = 128;    // BITS_PER_U128
constexpr std::size_t k_name_limit = 512;        // KSYM_NAME_LEN

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// btf_name_valid_identifier: letters, digits, '_', '.', not a digit first, at most 512 bytes.
bool is_identifier(const char* name) {
  if (!is_letter(*name))
    return false;
  for (std::size_t i = 1; i < k_name_limit; ++i) {
    if (name[i] == '\0')
      return true;
    if (!is_letter(name[i]) && !is_digit(name[i]))
      return false;
  }
  return name[k_name_limit] == '\0';
}

// btf_name_valid_section: anything printable.
bool is_section_name(const char* name) {
  for (std::size_t i = 0; i < k_name_limit; ++i) {
    if (name[i] == '\0')
      return i > 0;
    if (name[i] < ' ' || name[i] > '~')
      return false;
  }
  return name[k_name_limit] == '\0';
}

// Checks one type; every error names the type.
class MetaCheck {
public:
  MetaCheck(const BtfView& view, std::uint32_t id)
      : m_view(view), m_id(id), m_type(view.type(id)) {}
  [[nodiscard]] Status run() const;

private:
  enum class Name { none, optional, required };

  [[nodiscard]] Unexpected fail(const std::string& what) const {
    return type_error(m_id, kind_name(m_type.kind()) + ": " + what);
  }
  [[nodiscard]] Unexpected fail_at(const char* where, std::size_t i,
                                   const std::string& what) const {
    return type_error(m_id, std::string(where) + " " + std::to_string(i) + ": " + what);
  }
  [[nodiscard]] Status name_is(Name rule) const;
  [[nodiscard]] Status no_vlen() const;
  [[nodiscard]] Status no_kflag() const;
  [[nodiscard]] Status check_name() const;
  [[nodiscard]] Status check_flags() const;
  [[nodiscard]] Status check_list_names(const char* where, Name rule) const;
  [[nodiscard]] Status check_int() const;
  [[nodiscard]] Status check_members() const;
  [[nodiscard]] Status check_datasec() const;
  [[nodiscard]] Status check_rest() const;

  const BtfView& m_view;
  std::uint32_t m_id;
  BtfType m_type;
};

Status MetaCheck::name_is(Name rule) const {
  if (m_type.name == 0) {
    if (rule == Name::required)
      return fail("no name");
    return Ok{};
  }
  if (rule == Name::none)
    return fail("must not have a name");
  if (!is_identifier(m_view.string(m_type.name)))
    return fail("name at offset " + std::to_string(m_type.name) + " is no identifier");
  return Ok{};
}

Status MetaCheck::no_vlen() const {
  if (m_type.vlen() != 0)
    return fail("vlen " + std::to_string(m_type.vlen()) + " instead of 0");
  return Ok{};
}

Status MetaCheck::no_kflag() const {
  if (m_type.kflag())
    return fail("kind_flag is set");
  return Ok{};
}

// Like the kernel, checks no names of int and float.
Status MetaCheck::check_name() const {
  const char* name = m_view.string(m_type.name);
  if (!name || m_type.name > k_btf_max_name_offset)
    return fail("name offset " + std::to_string(m_type.name) + " out of range");
  switch (m_type.kind()) {
  case kind_struct:
  case kind_union:
  case kind_enum:
  case kind_enum64:
    return name_is(Name::optional);
  case kind_fwd:
  case kind_typedef:
  case kind_func:
  case kind_var:
    return name_is(Name::required);
  case kind_decl_tag:
  case kind_type_tag:
    if (*name == '\0')
      return fail("no value");
    return Ok{};
  case kind_datasec:
    if (m_type.name == 0 || !is_section_name(name))
      return fail("name at offset " + std::to_string(m_type.name) + " is no section name");
    return Ok{};
  case kind_int:
  case kind_float:
    return Ok{};
  default: // ptr, array, volatile, const, restrict, func_proto
    return name_is(Name::none);
  }
}

Status MetaCheck::check_flags() const {
  switch (m_type.kind()) {
  case kind_struct:
  case kind_union:
  case kind_enum:
  case kind_enum64:
    return Ok{};
  case kind_fwd:      // kind_flag: a union
  case kind_decl_tag: // kind_flag: an attribute
  case kind_type_tag:
    return no_vlen();
  case kind_func: // vlen: linkage
    if (m_type.vlen() > func_global)
      return fail("linkage " + std::to_string(m_type.vlen()) + " is not allowed");
    return no_kflag();
  case kind_func_proto:
  case kind_datasec:
    return no_kflag();
  default:
    if (auto ok = no_vlen(); !ok)
      return ok;
    return no_kflag();
  }
}

Status MetaCheck::check_list_names(const char* where, Name rule) const {
  const std::size_t step = words_per_entry(m_type.kind());
  for (std::size_t i = 0; i < m_type.vlen(); ++i) {
    const std::uint32_t offset = m_type.word(i * step);
    if (offset == 0 && rule == Name::optional)
      continue;
    if (offset == 0)
      return fail_at(where, i, "no name");
    const char* name = m_view.string(offset);
    if (!name || offset > k_btf_max_name_offset)
      return fail_at(where, i, "name offset " + std::to_string(offset) + " out of range");
    if (!is_identifier(name))
      return fail_at(where, i, "name at offset " + std::to_string(offset) + " is no identifier");
  }
  return Ok{};
}

Status MetaCheck::check_int() const {
  const std::uint32_t data = m_type.word(0);
  const std::uint32_t bits = int_bits(data) + int_offset(data);
  const std::uint32_t encoding = int_encoding(data);
  if ((data & ~k_int_mask) != 0)
    return fail("unknown bits in its encoding");
  if (bits > k_int_bits_max || (bits + 7) / 8 > m_type.size_or_type)
    return fail(std::to_string(bits) + " bits do not fit its " +
                std::to_string(m_type.size_or_type) + " bytes");
  if (encoding != 0 && encoding != int_signed && encoding != int_char && encoding != int_bool)
    return fail("unknown encoding " + std::to_string(encoding));
  return Ok{};
}

Status MetaCheck::check_members() const {
  if (auto ok = check_list_names("member", Name::optional); !ok)
    return ok;
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < m_type.vlen(); ++i) {
    const std::uint32_t word = m_type.word(i * 3 + 2);
    const std::uint32_t bit = m_type.kflag() ? member_bit_offset(word) : word;
    if (m_type.word(i * 3 + 1) == 0)
      return fail_at("member", i, "is of type void");
    if (m_type.kind() == kind_union && bit != 0)
      return fail_at("member", i, "is in a union at bit " + std::to_string(bit));
    if (bit < last) // equal is allowed: "char a[0]"
      return fail_at("member", i, "lies before the one in front of it");
    if ((std::uint64_t{bit} + 7) / 8 > m_type.size_or_type)
      return fail_at("member", i, "starts behind the end of its struct");
    last = bit;
  }
  return Ok{};
}

Status MetaCheck::check_datasec() const {
  const std::uint64_t size = m_type.size_or_type;
  if (size == 0)
    return fail("size 0");
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < m_type.vlen(); ++i) {
    const std::uint32_t offset = m_type.word(i * 3 + 1);
    const std::uint32_t length = m_type.word(i * 3 + 2);
    if (m_type.word(i * 3) == 0)
      return fail_at("variable", i, "is of type void");
    if (offset < end)
      return fail_at("variable", i, "lies before the end of the one in front of it");
    end = std::uint64_t{offset} + length;
    if (length == 0 || end > size)
      return fail_at("variable", i, "does not fit into its section");
  }
  return Ok{};
}

Status MetaCheck::check_rest() const {
  const std::uint32_t size = m_type.size_or_type;
  switch (m_type.kind()) {
  case kind_int:
    return check_int();
  case kind_struct:
  case kind_union:
    return check_members();
  case kind_enum:
  case kind_enum64:
    if (size > 8 || !std::has_single_bit(size))
      return fail("size " + std::to_string(size));
    return check_list_names("enumerator", Name::required);
  case kind_func_proto:
    return check_list_names("parameter", Name::optional);
  case kind_datasec:
    return check_datasec();
  case kind_float:
    if (size != 2 && size != 4 && size != 8 && size != 12 && size != 16)
      return fail("size " + std::to_string(size));
    return Ok{};
  case kind_array:
    if (size != 0 || m_type.word(0) == 0 || m_type.word(1) == 0)
      return fail(size != 0 ? "has a size" : "element or index is void");
    return Ok{};
  case kind_fwd:
    if (size != 0)
      return fail("has a type");
    return Ok{};
  case kind_var:
    if (size == 0 || m_type.word(0) > var_global_allocated)
      return fail(size == 0 ? "is of type void" : "linkage is not allowed");
    return Ok{};
  case kind_decl_tag: // component_idx is signed, -1: the type itself
    if (m_type.word(0) > INT32_MAX && m_type.word(0) != UINT32_MAX)
      return fail("component_idx below -1");
    return Ok{};
  default:
    return Ok{};
  }
}

Status MetaCheck::run() const {
  if (auto flags = check_flags(); !flags)
    return flags;
  if (auto name = check_name(); !name)
    return name;
  return check_rest();
}

} // namespace

Status check_metas(const BtfView& view) {
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id)
    if (auto ok = MetaCheck(view, id).run(); !ok)
      return ok;
  return Ok{};
}

} // namespace kbtf
