// SPDX-License-Identifier: GPL-2.0-only
// The strings of two bases: where each string of the old base is in the new one, and whether the
// new one has a given string. libbpf looks up strings by content (btf__find_str), base first. A
// table with a duplicate string would leave open which offset it picks, so that is rejected.
// Immutable once made, any thread. Keeps pointers into both bases, which must outlive it.
#pragma once

#include "daemon/btf/btf_view.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace kbtf {

class StringMap {
public:
  // Stands for a missing string. No string offset is this high (BTF_MAX_NAME_OFFSET).
  static constexpr std::uint32_t k_none = 0xffffffff;

  // Errors: unsupported if a table has a string twice.
  [[nodiscard]] static Expected<StringMap> make(const BtfView& from, const BtfView& to);

  // Offset in the new base of the string at `offset` of the old one; k_none if the new base lacks
  // it, or if no string begins at `offset`.
  [[nodiscard]] std::uint32_t moved(std::uint32_t offset) const {
    return offset < m_moved.size() ? m_moved[offset] : k_none;
  }
  // Offset of `text` in the new base, or k_none.
  [[nodiscard]] std::uint32_t find(std::string_view text) const;
  // A number for the string at `offset` of the old base: equal numbers mean equal strings, also
  // compared with offsets of the new base.
  [[nodiscard]] std::uint32_t common_id(std::uint32_t offset) const {
    const std::uint32_t at = moved(offset);
    return at == k_none ? offset | k_old_only : at;
  }
  [[nodiscard]] std::size_t bytes() const { return (m_moved.size() + m_table.size()) * 4; }

private:
  static constexpr std::uint32_t k_old_only = 0x80000000;

  [[nodiscard]] Status index(const BtfView& to);
  [[nodiscard]] std::size_t place(std::string_view text) const;

  const BtfView* m_to = nullptr;
  std::vector<std::uint32_t> m_moved; // by offset in the old base
  std::vector<std::uint32_t> m_table; // open addressing, offsets in the new base
};

// Calls f(offset, text) for each of the view's own strings, in order.
template <typename F> void for_each_own_string(const BtfView& view, F&& f) {
  const std::uint32_t first = view.base() ? view.base()->string_size() : 0;
  for (std::uint32_t at = 0; at < view.string_size();) {
    const std::string_view text = view.string(first + at);
    f(first + at, text);
    at += static_cast<std::uint32_t>(text.size()) + 1;
  }
}

} // namespace kbtf
