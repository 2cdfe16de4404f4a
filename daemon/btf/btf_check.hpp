// SPDX-License-Identifier: GPL-2.0-only
// Checks that BTF is well-formed, alone (a base) or on top of a base (a module's split BTF), and
// that a module's .BTF_ids fit it. What libbpf refuses is refused, and beyond that what the
// kernel refuses on load (kernel/bpf/btf.c: btf_parse_hdr, btf_parse_str_sec,
// btf_check_all_metas, btf_check_all_types and its per-kind check_meta and resolve functions):
// kinds, vlen, flags, ids and name offsets in range, names that are C identifiers where the kernel
// demands that, member offsets and sizes, no loop of types without a pointer in between, datasec
// order. Takes bytes from anywhere: nothing in them is trusted. Pure; no files, no state.
#pragma once

#include "proto/error.hpp"

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
  // Errors: malformed, with what and at which type id; unsupported for the other byte order.
  [[nodiscard]] static Expected<std::shared_ptr<const BtfBase>>
  parse(std::span<const std::byte> btf);
  virtual ~BtfBase() = default;

  [[nodiscard]] virtual std::uint32_t type_count() const = 0; // void included, as btf__type_cnt
  [[nodiscard]] virtual std::uint32_t string_size() const = 0; // bytes
};

// Checks a module's `.BTF` against `base`; `base` may be null for a `.BTF` that stands alone.
// Errors: malformed; the text names the type id and the rule, never the file.
[[nodiscard]] Status check_split_btf(const BtfBase* base, std::span<const std::byte> btf);

// Checks a finished module's `.BTF_ids` (include/linux/btf_ids.h, tools/bpf/resolve_btfids).
// Without its symbols the section is only a row of 32-bit words, so the caller gives the places
// of its entries, which it takes from the symbol table.
struct IdSymbol {
  std::string name;         // "__BTF_ID__func__bpf_ct_release__625529", "__BTF_ID__set8__x"
  std::uint64_t offset = 0; // of the symbol within .BTF_ids, bytes
  std::uint64_t size = 0;   // st_size, bytes
};
// Every id in range of base plus split (0 is allowed as resolve_btfids leaves ids of types that
// are not there as 0), and of a kind and name that the symbol says; every BTF_SET and BTF_SET8
// sorted by id, its count within the section. Errors: malformed.
[[nodiscard]] Status check_btf_ids(const BtfBase* base, std::span<const std::byte> btf,
                                   std::span<const std::byte> ids,
                                   const std::vector<IdSymbol>& symbols);

} // namespace kbtf
