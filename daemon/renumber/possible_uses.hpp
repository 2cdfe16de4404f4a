// SPDX-License-Identifier: GPL-2.0-only
// Finds all types of a base onto which a module's types can have been deduplicated, without knowing
// how the deduplication went. For modules whose full BTF does not show it: if the base only
// declares a struct (net_device's `struct garp_port *`) whose members the module has, libbpf takes
// the module's first copy of what refers to it for the base's, and a later compilation unit's copy
// for the module's own (btf_dedup_merge_hypot_map, hypot_adjust_canon). In the full BTF, which is
// deduplicated by itself first, those copies are one.
//
// What pahole wrote before deduplication is not available. But for each type_key of that, the full
// BTF has a type, since only types of one key are merged; and it has a reference type of each
// shape, and each string. So these types are possible:
//   - types of the base that have the type_key of a type in the full BTF;
//   - reference types of the base that have the shape of one in the full BTF, and whose
//     references are possible.
// This is a superset of what the module uses: with it, renumber.hpp refuses more, never less.
//
// `resolved`: resolve_btfids of Linux 7.0 and later has processed the split. It gives kfuncs tags,
// copies and prototypes with fewer parameters, made of existing types: kinds decl_tag, func,
// func_proto, which deduplication finds by their content. So whatever types of these kinds in the
// split refer to is possible too. Anything else that the full BTF lacks is rejected (pointers to
// arenas).
//
// Internal to this folder. Pure; 5 ms for a distribution's kernel.
#pragma once

#include "daemon/btf/btf_view.hpp"
#include "daemon/renumber/string_map.hpp"
#include "util/error.hpp"

#include <cstdint>
#include <vector>

namespace kbtf {

// Ids of the base, ascending; like Profile's members of these names.
struct BaseUses {
  std::vector<std::uint32_t> uses;
  std::vector<std::uint32_t> names;
};

// `strings` maps the base's strings to themselves. `full` is the module's BTF without a base,
// `split` what the BTF step made of it on this base. Errors: unsupported if the two cannot belong
// to the same module.
[[nodiscard]] Expected<BaseUses> possible_uses(const BtfView& base, const StringMap& strings,
                                               const BtfView& full, const BtfView& split,
                                               bool resolved = false);

} // namespace kbtf
