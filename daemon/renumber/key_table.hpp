// SPDX-License-Identifier: GPL-2.0-only
// A small hash table from 64-bit keys, themselves hashes, to a byte of flags. Two things whose keys
// collide share their flags: only ask questions where that errs on the safe side. Open addressing,
// about 20 bytes per entry. Not thread-safe while it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kbtf {

// One step of a hash over 64-bit values (the finalizer of splitmix64).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) + 0x9e3779b97f4a7c15ULL;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

class KeyTable {
public:
  // Sets the bits of `flags` for `key`; flags must not be 0.
  void add(std::uint64_t key, std::uint8_t flags) {
    if ((m_count + 1) * 2 > m_keys.size())
      grow();
    const std::size_t at = find(key);
    m_count += m_flags[at] == 0 ? 1U : 0U;
    m_keys[at] = key;
    m_flags[at] = static_cast<std::uint8_t>(m_flags[at] | flags);
  }
  // 0 for a key that was never added.
  [[nodiscard]] std::uint8_t flags(std::uint64_t key) const {
    return m_keys.empty() ? std::uint8_t{0} : m_flags[find(key)];
  }
  [[nodiscard]] std::size_t bytes() const { return m_keys.capacity() * 9; }

private:
  // The slot of `key`, or the free slot for it.
  [[nodiscard]] std::size_t find(std::uint64_t key) const {
    const std::size_t mask = m_keys.size() - 1;
    std::size_t at = key & mask;
    while (m_flags[at] != 0 && m_keys[at] != key)
      at = (at + 1) & mask;
    return at;
  }
  void grow() {
    KeyTable larger;
    larger.m_keys.resize(m_keys.empty() ? 1024 : m_keys.size() * 2);
    larger.m_flags.resize(larger.m_keys.size());
    for (std::size_t i = 0; i < m_keys.size(); ++i)
      if (m_flags[i] != 0)
        larger.add(m_keys[i], m_flags[i]);
    *this = std::move(larger);
  }

  std::vector<std::uint64_t> m_keys;
  std::vector<std::uint8_t> m_flags;
  std::size_t m_count = 0;
};

} // namespace kbtf
