// SPDX-License-Identifier: GPL-2.0-only
// Finds which type of one base is which of another. There are two sorts of pairs:
//   same     all words agree, strings are equal, and what they refer to is paired with each other
//   changed  a struct, union or enum that is the only one of its kind and name in each base;
//            anything but kind and name may differ
// So from a type with a same pair one reaches only paired types, by the same path on both sides, up
// to the changed ones. Types that differ otherwise (and what refers to them, up to the next struct,
// union or enum of a unique name) have no pair.
//
// Pairs are guessed from hashes of each type's surroundings, up to the next unique names (colour
// refinement, as in Weisfeiler-Leman), and then verified; a wrong guess only costs pairs. libbpf
// could make the guess (deduplicate one base onto the other, with a variable per type as a marker).
// But it recurses on input from files, takes a forward declaration for the struct, lets one changed
// struct spoil everything that reaches it, and needs both bases in memory again. Pure; time n log n
// in the number of types, no recursion.
#pragma once

#include "daemon/btf/btf_view.hpp"
#include "daemon/renumber/string_map.hpp"

#include <cstdint>
#include <vector>

namespace kbtf {

struct TypeMatch {
  std::vector<std::uint32_t> forward;  // by old id: the new id, 0 for none. forward[0] is 0.
  std::vector<std::uint32_t> backward; // by new id: the old id, 0 for none
  std::vector<bool> changed;           // by old id: true for a changed pair
};

// Both views must have passed the checks of btf_check.hpp. Pairs types with the same surroundings
// in the order of their ids, if both bases have the same number of them.
[[nodiscard]] TypeMatch match_types(const BtfView& from, const BtfView& to,
                                    const StringMap& strings);

} // namespace kbtf
