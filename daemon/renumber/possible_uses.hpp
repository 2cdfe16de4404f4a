// SPDX-License-Identifier: GPL-2.0-only
// All types of a base onto which a module's types can have been deduplicated, found without
// knowing how the deduplication went. For modules whose full BTF does not tell that: where the base
// only declares a struct (net_device's `struct garp_port *`) of which the module has the members,
// libbpf takes the module's first copy of what refers to it for the base's, and a later
// compilation unit's copy for one of its own (btf_dedup_merge_hypot_map, hypot_adjust_canon). In
// the full BTF, deduplicated by itself first, those copies are one.
//
// What pahole wrote, before deduplication, is not to be had; but the full BTF has a type of each
// type_key among it, since only types of one key become one, a reference type of each shape, and
// each string. So these are possible:
//   - types of the base that have the type_key of one of the full BTF's;
//   - its reference types of the shape of one of the full BTF's, whose references are possible.
// A superset of what the module uses: renumber.hpp refuses more with it, never less.
// `resolved`: resolve_btfids of Linux 7.0 and later has been over the split. It gives kfuncs tags,
// copies and prototypes of fewer parameters, made of types that are there: kinds decl_tag, func,
// func_proto, which deduplication finds by their content. So what these of the split refer to is
// possible too; anything else that the full BTF has not is refused (pointers to arenas).
// Internal to this folder. Pure; 5 ms for a distribution's kernel.
#pragma once

#include "daemon/btf/btf_view.hpp"
#include "daemon/renumber/string_map.hpp"
#include "util/error.hpp"

#include <cstdint>
#include <vector>

namespace kbtf {

// Ids of the base, ascending; as Profile's members of these names.
struct BaseUses {
  std::vector<std::uint32_t> uses;
  std::vector<std::uint32_t> names;
};

// `strings` maps the base's strings to themselves. `full` is the module's BTF without a base,
// `split` what the BTF step made of it on this base. Errors: unsupported if these two cannot be of
// the same module.
[[nodiscard]] Expected<BaseUses> possible_uses(const BtfView& base, const StringMap& strings,
                                               const BtfView& full, const BtfView& split,
                                               bool resolved = false);

} // namespace kbtf
