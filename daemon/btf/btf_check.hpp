// SPDX-License-Identifier: GPL-2.0-only
// Checks that BTF is well-formed, alone (a base) or on top of a base (a module's split BTF), and
// that a module's .BTF_ids fit it. Rejects
//   - what the kernel rejects when it loads vmlinux or a module (kernel/bpf/btf.c: btf_parse_hdr,
//     btf_parse_str_sec, btf_check_all_metas with its check_meta functions, btf_check_type_tags):
//     kinds, vlen, flags, names that are no C identifiers, member order, datasec order;
//   - what the kernel trusts there, but rejects in BTF from user space (btf_check_all_types with
//     its resolve functions): type ids out of range or of a kind that is not allowed there, loops
//     without a struct or function behind a pointer, members that reach out of their struct.
// Accepts, since C allows it and pahole writes it: functions and prototypes with unnamed
// parameters, results of type `const void`, nesting deeper than 32. Accepts kind_flag on type_tag
// and decl_tag: it means an attribute since 6.15. What libbpf's btf__new_split rejects is a subset
// of this. Takes bytes from anywhere and trusts none of them: time and memory are linear in their
// length and nothing recurses. Pure; no files, no state.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

// A base BTF that has passed the checks, ready to check split BTF against. Immutable, so threads
// may share it. Keeps its own copy of what it needs.
class BtfBase {
public:
  // Errors: malformed, with the problem and the type id; unsupported for the other byte order,
  // another version, or kinds that this program does not know.
  [[nodiscard]] static Expected<std::shared_ptr<const BtfBase>>
  parse(std::span<const std::byte> btf);
  virtual ~BtfBase() = default;

  [[nodiscard]] virtual std::uint32_t type_count() const = 0;  // void included, as btf__type_cnt
  [[nodiscard]] virtual std::uint32_t string_size() const = 0; // bytes

  // What the checks of this folder need from it (daemon/btf/btf_check_parts.hpp).
  struct Parts;
  [[nodiscard]] virtual const Parts& parts() const = 0;
};

// Checks a module's `.BTF` against `base`; `base` may be null for a standalone `.BTF`. Errors:
// malformed, unsupported as for BtfBase; the text names the type id and the rule, never the file:
// "type 123: member 4: type id 99999 out of range (max 4711)". Members, parameters and enumerators
// count from 0, as decl_tag's component_idx does.
[[nodiscard]] Status check_split_btf(const BtfBase* base, std::span<const std::byte> btf);

// Checks a finished module's `.BTF_ids` (include/linux/btf_ids.h, tools/bpf/resolve_btfids).
// Without its symbols the section is only a row of 32-bit words, so the caller passes the places of
// its entries, taken from the symbol table.
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
// Cannot detect a set8's flags moved to the wrong functions, as resolve_btfids does if run again on
// its own output: the section does not record which flag belongs where.
// Ignores symbols that are not __BTF_ID__*. Errors: malformed.
[[nodiscard]] Status check_btf_ids(const BtfBase* base, std::span<const std::byte> btf,
                                   std::span<const std::byte> ids,
                                   const std::vector<IdSymbol>& symbols);

} // namespace kbtf
