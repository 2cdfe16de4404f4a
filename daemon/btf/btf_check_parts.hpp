// SPDX-License-Identifier: GPL-2.0-only
// The steps of btf_check.hpp, in the order in which they run; each relies on the earlier ones. For
// this folder and daemon/renumber. Every step looks only at the view's own types: the base's have
// passed the same steps.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/btf_view.hpp"

#include <optional>

namespace kbtf {

// 1. Rules that a single type can break (the kernel's check_meta functions): flags, sizes,
// encodings, member and datasec order; name offsets in range, names that are C identifiers.
[[nodiscard]] Status check_metas(const BtfView& view);

// 2. Every type id is in range and of a kind that is allowed there.
[[nodiscard]] Status check_references(const BtfView& view);

// A type without its typedefs, qualifiers and tags.
struct ResolvedType {
  std::uint32_t id = 0;              // of the type below, or the type's own id if there is none
  std::optional<std::uint32_t> size; // bytes; none for void, fwd, functions, datasec
};

// One entry per own type of a view. Kept for a base, so that a split need not walk into it.
struct ResolvedTypes {
  const ResolvedTypes* base = nullptr;
  std::uint32_t first_id = 1;
  // For the kernel that the BTF describes: the size of C's long, or 4 (the minimum) if the BTF
  // lacks it.
  std::uint32_t pointer_size = 4;
  std::vector<ResolvedType> types;

  // void resolves to itself, without a size.
  [[nodiscard]] ResolvedType of(std::uint32_t id) const;
};

// 3. No loops; array elements, members and variables have sizes; members lie within their struct.
[[nodiscard]] Expected<ResolvedTypes> resolve_types(const BtfView& view, const ResolvedTypes* base);
// The rules of resolve_types for one type whose parts are all resolved; returns its entry.
[[nodiscard]] Expected<ResolvedType> resolve_one(const BtfView& view, const ResolvedTypes& resolved,
                                                 std::uint32_t id);
// Rejects a loop of only pointers and modifiers.
[[nodiscard]] Status check_pointer_chains(const BtfView& view);

// 4. Type tags come before other modifiers, with at most 32 modifiers in a row.
[[nodiscard]] Status check_type_tags(const BtfView& view);

// All four. To read on, the view is enough; the resolved sizes are for layers on top.
[[nodiscard]] Expected<ResolvedTypes> check_view(const BtfView& view, const ResolvedTypes* base);

struct BtfBase::Parts {
  std::vector<std::byte> bytes;
  BtfView view;
  ResolvedTypes resolved;
};

} // namespace kbtf
