// SPDX-License-Identifier: GPL-2.0-only
// Renumbering: computes the split BTF that the BTF step would make of an unchanged module on a
// changed base, from the one that it made on the old base. base_map.hpp says why the result is
// pahole's, byte for byte. Where that is not certain, it refuses, and the real BTF step must run.
// Pure functions; any thread, about 0.2 ms per module.
//
// Not for modules with .BTF.base: their split refers to that, not to vmlinux.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/renumber/base_map.hpp"
#include "daemon/renumber/profile.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

enum class RefusalReason {
  none,
  other_module,      // the profile belongs to another split BTF, or not to the old base
  malformed,         // the split BTF or .BTF_ids is damaged or does not fit the old base
  uses_changed_type, // the module uses a type that the new base does not have
  name_in_change,    // the module has a type of a name (or shape) that was added or removed
  now_in_base,       // the new base has a type or typeless string that was the module's own
  ambiguous,         // several types of one name: deduplication may now choose another one
  base_string_gone,  // the module uses a string that left the base
  function_tags,     // tagged functions (kfuncs) whose names the base has too
  ids_ambiguous,     // an entry of .BTF_ids is unresolved, or now resolves to another type
  too_large,         // ids or offsets out of BTF's range
};

// "uses_changed_type", ...; for logs, counters and tests.
[[nodiscard]] const char* to_string(RefusalReason reason);

// New bytes, or the reason for none.
struct [[nodiscard]] Renumbered {
  std::vector<std::byte> bytes;
  RefusalReason refusal = RefusalReason::none;
  std::string detail; // the culprit: a name or a type id; may be empty

  [[nodiscard]] explicit operator bool() const { return refusal == RefusalReason::none; }
};

// The module's .BTF on map.to(), from `split` on map.from(). Its size can differ from split's: a
// string that the new base has leaves the split. The module's new profile is profile.moved(map,
// hash_bytes(result)).
[[nodiscard]] Renumbered renumber_split(const BaseMap& map, const Profile& profile,
                                        std::span<const std::byte> split);

// The module's .BTF_ids (include/linux/btf_ids.h) as tools/bpf/resolve_btfids fills it after a
// clean link (up to Linux 7.3: symbols_resolve, sets_patch): the first type of an entry's kind and
// name, sets sorted by id. `ids` and `symbols` are those of the module finished on map.from(), with
// `old_split`; `new_split` comes from renumber_split. As a check, each old id is resolved again by
// name: a section that was not resolved properly is refused. So is one for which the new base has
// more types of the name: resolve_btfids warns of that, which may fail the build.
[[nodiscard]] Renumbered renumber_ids(const BaseMap& map, std::span<const std::byte> old_split,
                                      std::span<const std::byte> new_split,
                                      std::span<const std::byte> ids,
                                      const std::vector<IdSymbol>& symbols);

} // namespace kbtf
