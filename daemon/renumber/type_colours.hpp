// SPDX-License-Identifier: GPL-2.0-only
// Hashes of types and their surroundings, comparable between two bases; see type_match.hpp.
// Internal to this folder.
#pragma once

#include "daemon/btf/btf_view.hpp"
#include "daemon/renumber/string_map.hpp"

#include <cstdint>
#include <vector>

namespace kbtf {

// The colours of one base, indexed by id.
struct TypeColours {
  std::vector<std::uint64_t> colours;
  // For a type that is the only struct, union, fwd, enum or enum64 of its kind and name in both
  // bases: a hash of kind and name. 0 for all others.
  std::vector<std::uint64_t> anchors;
};

struct BothColours {
  TypeColours from;
  TypeColours to;
};

[[nodiscard]] BothColours colour_types(const BtfView& from, const BtfView& to,
                                       const StringMap& strings);

// If two types have different colours, no type of a module can be equivalent to both
// (btf_dedup_is_equiv): equivalent types agree in everything except what is behind a named struct,
// union or enum, since one side may have a forward declaration there. By id.
[[nodiscard]] std::vector<std::uint64_t> lenient_colours(const BtfView& from,
                                                         const StringMap& strings);

} // namespace kbtf
