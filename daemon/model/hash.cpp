// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/hash.hpp"

#include <charconv>
#include <cstdio>

#include <xxhash.h>

namespace kbtf {

std::string ContentHash::hex() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

ContentHash ContentHash::from_hex(std::string_view text) {
  ContentHash hash;
  if (text.size() != 32)
    return hash;
  const char* middle = text.data() + 16;
  const auto a = std::from_chars(text.data(), middle, hash.high, 16);
  const auto b = std::from_chars(middle, middle + 16, hash.low, 16);
  const bool whole =
      a.ec == std::errc{} && a.ptr == middle && b.ec == std::errc{} && b.ptr == middle + 16;
  return whole ? hash : ContentHash{};
}

ContentHash hash_bytes(std::span<const std::byte> bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.high64, h.low64};
}

ContentHash hash_text(std::string_view text) {
  return hash_bytes(std::as_bytes(std::span(text.data(), text.size())));
}

} // namespace kbtf
