// SPDX-License-Identifier: GPL-2.0-only
// Patches between two files' bytes: zstd frames with one file as the reference prefix, as `zstd
// --patch-from` makes them (zstd manual, "ZSTD_CCtx_refPrefix"). Independent of how a linker,
// pahole or objcopy lays out a file. Pure, any thread: bytes in, bytes out; the caller checks
// hashes. Format: RFC 8878, with content size and checksum; docs/state-format.md, "patch".
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace kbtf {

// Makes a patch that turns `from` into `to`. About 1.5 ms per MB. Errors: io (zstd's own).
[[nodiscard]] Expected<std::vector<std::byte>> make_patch(std::span<const std::byte> from,
                                                          std::span<const std::byte> to);

// Applies a patch. `limit` (bytes) bounds the result's size, so that a damaged patch cannot ask for
// all memory. Errors: malformed; io (out of memory).
[[nodiscard]] Expected<std::vector<std::byte>>
apply_patch(std::span<const std::byte> from, std::span<const std::byte> patch, std::size_t limit);

} // namespace kbtf
