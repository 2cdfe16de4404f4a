// SPDX-License-Identifier: GPL-2.0-only
// Checks that BTF is well-formed, alone (a base) or on top of a base (a module's split BTF), and
// that a module's .BTF_ids fit it. Refused is
//   - what the kernel refuses when it loads vmlinux or a module (kernel/bpf/btf.c: btf_parse_hdr,
//     btf_parse_str_sec, btf_check_all_metas with its check_meta functions, btf_check_type_tags):
//     kinds, vlen, flags, names that are no C identifiers, member order, datasec order;
//   - what it takes on trust there, and refuses of BTF from user space (btf_check_all_types with
//     its resolve functions): type ids out of range or of a kind that cannot stand there, loops
//     without a struct or function behind a pointer, members that reach out of their struct.
// Not refused, since C allows it and pahole writes it: functions and prototypes with unnamed
// parameters, results of type `const void`, nesting deeper than 32. kind_flag of type_tag and
// decl_tag means an attribute since 6.15 and is accepted. What libbpf's btf__new_split refuses is
// a subset of this. Takes bytes from anywhere: nothing in them is trusted, time and memory are
// linear in their length and nothing recurses. Pure; no files, no state.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

// A base BTF that has been checked, ready to check split BTF against. Immutable and shareable
// between threads. Keeps its own copy of what it needs.
class BtfBase {
public:
  // Errors: malformed, with what and at which type id; unsupported for the other byte order,
  // another version, or kinds that this program does not know.
  [[nodiscard]] static Expected<std::shared_ptr<const BtfBase>>
  parse(std::span<const std::byte> btf);
  virtual ~BtfBase() = default;

  [[nodiscard]] virtual std::uint32_t type_count() const = 0;  // void included, as btf__type_cnt
  [[nodiscard]] virtual std::uint32_t string_size() const = 0; // bytes

  // What the checks of this folder need of it (daemon/btf/btf_check_parts.hpp).
  struct Parts;
  [[nodiscard]] virtual const Parts& parts() const = 0;
};

// Checks a module's `.BTF` against `base`; `base` may be null for a `.BTF` that stands alone.
// Errors: malformed, unsupported as for BtfBase; the text names the type id and the rule, never
// the file: "type 123: member 4: type id 99999 out of range (max 4711)". Members, parameters and
// enumerators count from 0, as decl_tag's component_idx does.
[[nodiscard]] Status check_split_btf(const BtfBase* base, std::span<const std::byte> btf);

// Checks a finished module's `.BTF_ids` (include/linux/btf_ids.h, tools/bpf/resolve_btfids).
// Without its symbols the section is only a row of 32-bit words, so the caller gives the places
// of its entries, which it takes from the symbol table.
struct IdSymbol {
  std::string name;         // "__BTF_ID__func__bpf_ct_release__625529", "__BTF_ID__set8__x"
  std::uint64_t offset = 0; // of the symbol within .BTF_ids, bytes
  std::uint64_t size = 0;   // st_size, bytes
};
// `btf` must have passed check_split_btf against the same base. Checks that
//   - every id is in range of base plus split, of the kind that its symbol says and of its name;
//     within a set this holds for the set as a whole, since sorting moves ids away from their
//     symbols;
//   - an id is 0 only where no type of that kind and name exists (resolve_btfids leaves it so);
//   - every BTF_SET and BTF_SET8 has the count that its symbol's size gives, lies within the
//     section and is sorted by id; sets do not overlap.
// Cannot see a set8's flags moved to the wrong functions, as resolve_btfids does when it is run
// again on its own output: the section has no record of which flag belongs where.
// Symbols that are not __BTF_ID__* are ignored. Errors: malformed.
[[nodiscard]] Status check_btf_ids(const BtfBase* base, std::span<const std::byte> btf,
                                   std::span<const std::byte> ids,
                                   const std::vector<IdSymbol>& symbols);

} // namespace kbtf
