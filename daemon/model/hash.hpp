// SPDX-License-Identifier: GPL-2.0-only
// Content hashes: 128-bit XXH3 (libxxhash, XXH3_128bits, seed 0). The algorithm is stable since
// xxHash 0.8.0, so hashes may be stored. A value type; printed as hex. Protects against accidents,
// not against deliberate collisions.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kbtf {

// XXH3-128 of some bytes. All zero means unknown. operator== does not know that: where unknown must
// equal nothing, check is_known().
struct ContentHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] bool is_known() const { return high != 0 || low != 0; }
  // 32 hexadecimal digits, canonical byte order (as xxh128sum prints them).
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static ContentHash from_hex(std::string_view text); // unknown if not 32 digits
  friend auto operator<=>(const ContentHash&, const ContentHash&) = default;
};

[[nodiscard]] ContentHash hash_bytes(std::span<const std::byte> bytes);
[[nodiscard]] ContentHash hash_text(std::string_view text);

} // namespace kbtf
