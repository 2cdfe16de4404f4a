// SPDX-License-Identifier: GPL-2.0-only
// Type ids within types: in range, and of a kind that is allowed there (the first lines of the
// resolve functions of kernel/bpf/btf.c, btf_func_proto_check and btf_func_check).
#include "daemon/btf/btf_check_parts.hpp"

namespace kbtf {
namespace {

bool is_declaration(std::uint32_t kind) {
  return kind == kind_func || kind == kind_var || kind == kind_datasec || kind == kind_decl_tag;
}

bool may_refer_to(std::uint32_t holder, std::uint32_t target) {
  switch (holder) {
  case kind_func:
    return target == kind_func_proto;
  case kind_datasec:
    return target == kind_var;
  case kind_decl_tag:
    return target == kind_func || target == kind_var || target == kind_typedef ||
           is_composite(target);
  default:
    return !is_declaration(target);
  }
}

std::string place(const char* where, std::uint32_t index) {
  if (*where == '\0')
    return {};
  return std::string(where) + " " + std::to_string(index) + ": ";
}

// What a decl_tag marks: the type as a whole (-1), a member or a parameter.
Status check_component(const BtfView& view, std::uint32_t id, const BtfType& tag) {
  const std::uint32_t component = tag.word(0);
  if (component == UINT32_MAX)
    return Ok{};
  BtfType target = view.type(tag.size_or_type);
  if (target.kind() == kind_func) {
    if (target.size_or_type >= view.type_count()) // the FUNC may come later: not checked yet
      return type_error(id, "marks a func without prototype");
    target = view.type(target.size_or_type);
  }
  const bool has_components = is_composite(target.kind()) || target.kind() == kind_func_proto;
  if (!has_components || component >= target.vlen())
    return type_error(id, "component_idx " + std::to_string(component) + " out of range");
  return Ok{};
}

// Void means "..." as the last parameter, which then has no name; it is allowed nowhere else.
Status check_parameters(std::uint32_t id, const BtfType& proto) {
  for (std::size_t i = 0; i < proto.vlen(); ++i)
    if (proto.word(i * 2 + 1) == 0 && (i + 1 < proto.vlen() || proto.word(i * 2) != 0))
      return type_error(id, "parameter " + std::to_string(i) + ": is of type void");
  return Ok{};
}

Status check_one(const BtfView& view, std::uint32_t id) {
  const BtfType type = view.type(id);
  Status result = Ok{};
  for_each_type_id(type, [&](std::uint32_t target, const char* where, std::uint32_t index) {
    if (!result)
      return;
    if (target >= view.type_count()) {
      result =
          type_error(id, place(where, index) + "type id " + std::to_string(target) +
                             " out of range (max " + std::to_string(view.type_count() - 1) + ")");
      return;
    }
    const std::uint32_t kind = view.type(target).kind();
    if (!may_refer_to(type.kind(), kind))
      result = type_error(id, place(where, index) + kind_name(type.kind()) + " of type id " +
                                  std::to_string(target) + ", which is a " + kind_name(kind));
  });
  if (!result)
    return result;
  if (type.kind() == kind_decl_tag)
    return check_component(view, id, type);
  if (type.kind() == kind_func_proto)
    return check_parameters(id, type);
  return Ok{};
}

} // namespace

Status check_references(const BtfView& view) {
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id)
    if (auto ok = check_one(view, id); !ok)
      return ok;
  return Ok{};
}

} // namespace kbtf
