// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/string_map.hpp"

#include <functional>

namespace kbtf {
namespace {

Unexpected twice(std::string_view text) {
  return unexpected(ErrorKind::unsupported,
                    "the base has the string \"" + std::string(text) + "\" twice");
}

} // namespace

std::size_t StringMap::place(std::string_view text) const {
  const std::size_t mask = m_table.size() - 1;
  std::size_t at = std::hash<std::string_view>{}(text)&mask;
  while (m_table[at] != k_none && text != m_to->string(m_table[at]))
    at = (at + 1) & mask;
  return at;
}

std::uint32_t StringMap::find(std::string_view text) const {
  return m_table[place(text)];
}

Status StringMap::index(const BtfView& to) {
  m_to = &to;
  std::size_t count = 0;
  for_each_own_string(to, [&](std::uint32_t, std::string_view) { ++count; });
  std::size_t size = 1024;
  while (size < count * 2)
    size *= 2;
  m_table.assign(size, k_none);
  Status status = Ok{};
  for_each_own_string(to, [&](std::uint32_t offset, std::string_view text) {
    std::uint32_t& entry = m_table[place(text)];
    if (entry != k_none)
      status = twice(text);
    else
      entry = offset;
  });
  return status;
}

Expected<StringMap> StringMap::make(const BtfView& from, const BtfView& to) {
  StringMap map;
  if (auto indexed = map.index(from); !indexed) // only to check that no string occurs twice
    return indexed.forward_error();
  if (auto indexed = map.index(to); !indexed)
    return indexed.forward_error();
  map.m_moved.assign(from.string_size(), k_none);
  for_each_own_string(from, [&](std::uint32_t offset, std::string_view text) {
    map.m_moved[offset] = map.find(text);
  });
  return map;
}

} // namespace kbtf
