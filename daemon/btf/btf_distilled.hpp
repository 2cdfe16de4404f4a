// SPDX-License-Identifier: GPL-2.0-only
// A module built with a distilled base carries it as .BTF.base: the named vmlinux types that its
// split BTF refers to, structs without members. On load the kernel looks up each of them in its own
// BTF and renumbers the split (tools/lib/bpf/btf_relocate.c, since 6.11). This checks by the same
// rules whether that lookup would succeed. Pure; no files, no state.
#pragma once

#include "daemon/btf/btf_check.hpp"

namespace kbtf {

// Checks whether `distilled` (parsed from .BTF.base) and `split` (which must have passed
// check_split_btf against it) can be relocated onto `base`: distilled types are named and of the
// kinds int, float, enum, struct, union and fwd; each has exactly one counterpart in `base`, of the
// same size if a struct of the split embeds it; the split uses no other string of the distilled
// base. Errors: malformed, naming the distilled type.
[[nodiscard]] Status check_distilled_base(const BtfBase& base, const BtfBase& distilled,
                                          std::span<const std::byte> split);

} // namespace kbtf
