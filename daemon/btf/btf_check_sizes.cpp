// SPDX-License-Identifier: GPL-2.0-only
// Sizes: what a type is below its modifiers, how large it is, and that members lie within their
// struct (the resolve and check_member functions of kernel/bpf/btf.c). Omits the alignment of
// floats, which packed structs break.
#include "daemon/btf/btf_check_parts.hpp"

namespace kbtf {
namespace {

Unexpected member_error(std::uint32_t id, std::size_t i, const std::string& what) {
  return type_error(id, "member " + std::to_string(i) + ": " + what);
}

// Where a member of type int begins and ends in bits, relative to its own offset: the struct's
// kind_flag says whether bit fields are in the member (then `width` is not 0) or in the int.
struct BitRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

BitRange bits_of(const BtfType& target, std::uint64_t bit, std::uint64_t bytes, bool kflag) {
  if (kflag || target.kind() != kind_int)
    return {bit, bit + bytes * 8};
  const std::uint32_t data = target.word(0);
  const std::uint64_t begin = bit + int_offset(data);
  return {begin, begin + int_bits(data)};
}

Status check_bit_field(std::uint32_t id, std::size_t i, const BtfType& target,
                       std::uint32_t width) {
  switch (target.kind()) {
  case kind_int:
    if (width > int_bits(target.word(0)))
      return member_error(id, i, "bit field is wider than its int");
    return Ok{};
  case kind_enum:
  case kind_enum64:
    if (width > std::uint64_t{target.size_or_type} * 8)
      return member_error(id, i, "bit field is wider than its enum");
    return Ok{};
  default:
    return member_error(id, i, "bit field of a " + kind_name(target.kind()));
  }
}

Status check_member(const BtfView& view, const ResolvedTypes& resolved, std::uint32_t id,
                    const BtfType& owner, std::size_t i) {
  const std::uint32_t word = owner.word(i * 3 + 2);
  const std::uint64_t bit = owner.kflag() ? member_bit_offset(word) : word;
  const std::uint32_t width = owner.kflag() ? member_bitfield_size(word) : 0;
  const ResolvedType below = resolved.of(owner.word(i * 3 + 1));
  if (!below.size)
    return member_error(id, i, "its type has no size");
  const BtfType target = view.type(below.id);
  BitRange range{bit, bit + width};
  if (width == 0) {
    range = bits_of(target, bit, *below.size, owner.kflag());
    if (bit % 8 != 0 && (owner.kflag() || target.kind() != kind_int))
      return member_error(id, i, "does not start at a byte");
  } else if (auto ok = check_bit_field(id, i, target, width); !ok) {
    return ok;
  }
  if (range.end > std::uint64_t{owner.size_or_type} * 8)
    return member_error(id, i,
                        "ends behind its " + kind_name(owner.kind()) + " of " +
                            std::to_string(owner.size_or_type) + " bytes");
  return Ok{};
}

Expected<ResolvedType> resolve_array(const BtfView& view, const ResolvedTypes& resolved,
                                     std::uint32_t id, const BtfType& array) {
  const ResolvedType element = resolved.of(array.word(0));
  const ResolvedType index = resolved.of(array.word(1));
  if (!element.size)
    return type_error(id, "array: its element has no size");
  if (view.type(index.id).kind() != kind_int)
    return type_error(id, "array: its index is no int");
  const std::uint64_t size = std::uint64_t{*element.size} * array.word(2);
  if (size > UINT32_MAX)
    return type_error(id, "array: larger than 4 GiB");
  return ResolvedType{id, static_cast<std::uint32_t>(size)};
}

} // namespace

Expected<ResolvedType> resolve_one(const BtfView& view, const ResolvedTypes& resolved,
                                   std::uint32_t id) {
  const BtfType type = view.type(id);
  switch (type.kind()) {
  case kind_typedef:
  case kind_volatile:
  case kind_const:
  case kind_restrict:
  case kind_type_tag:
    return resolved.of(type.size_or_type);
  case kind_ptr:
    return ResolvedType{id, resolved.pointer_size};
  case kind_array:
    return resolve_array(view, resolved, id, type);
  case kind_var:
    if (!resolved.of(type.size_or_type).size)
      return type_error(id, "var: its type has no size");
    return ResolvedType{id, std::nullopt};
  case kind_struct:
  case kind_union:
    for (std::size_t i = 0; i < type.vlen(); ++i)
      if (auto ok = check_member(view, resolved, id, type, i); !ok)
        return ok.forward_error();
    return ResolvedType{id, type.size_or_type};
  case kind_int:
  case kind_float:
  case kind_enum:
  case kind_enum64:
    return ResolvedType{id, type.size_or_type};
  default: // fwd, func, func_proto, datasec, decl_tag
    return ResolvedType{id, std::nullopt};
  }
}

} // namespace kbtf
