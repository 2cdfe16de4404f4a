// SPDX-License-Identifier: GPL-2.0-only
// Test helper: BTF as libbpf 1.7 writes it if asked for a layout section (pahole
// --btf_features=layout), made of BTF with the header of before.
#pragma once

#include "daemon/btf/btf_format.hpp"

#include <array>
#include <cstring>
#include <span>
#include <vector>

namespace kbtf::test {

// struct btf_layout: info_sz, elem_sz, flags.
using LayoutEntry = std::array<std::uint8_t, 4>;

// Of the kinds 0 to 19, as Documentation/bpf/btf.rst describes what stands behind each.
inline std::vector<LayoutEntry> known_layout() {
  return {{0, 0}, {4, 0}, {0, 0}, {12, 0}, {0, 12}, {0, 12}, {0, 8}, {0, 0}, {0, 0}, {0, 0},
          {0, 0}, {0, 0}, {0, 0}, {0, 8},  {4, 0},  {0, 12}, {0, 0}, {4, 0}, {0, 0}, {0, 12}};
}

inline BtfHeader header_of(std::span<const std::byte> btf) {
  BtfHeader header{};
  std::memcpy(&header, btf.data(), k_short_btf_header);
  return header;
}

// `btf` with a header of 32 bytes, of which `header` is what it says.
inline std::vector<std::byte> with_header(std::span<const std::byte> btf, const BtfHeader& header) {
  const auto body = btf.subspan(header_of(btf).hdr_len);
  std::vector<std::byte> out(sizeof header + body.size());
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, body.data(), body.size());
  return out;
}

inline std::vector<std::byte> with_layout(std::span<const std::byte> btf,
                                          const std::vector<LayoutEntry>& layout = known_layout()) {
  BtfHeader header = header_of(btf);
  header.layout_off = header.type_len;
  header.layout_len = static_cast<std::uint32_t>(layout.size() * sizeof layout[0]);
  header.str_off += header.layout_len;
  const std::size_t types_end = header.hdr_len + header.type_len;
  header.hdr_len = sizeof header;
  std::vector<std::byte> with(btf.begin(), btf.begin() + static_cast<std::ptrdiff_t>(types_end));
  const auto entries = std::as_bytes(std::span(layout));
  with.insert(with.end(), entries.begin(), entries.end());
  with.insert(with.end(), btf.begin() + static_cast<std::ptrdiff_t>(types_end), btf.end());
  return with_header(with, header);
}

} // namespace kbtf::test
