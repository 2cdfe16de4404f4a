// SPDX-License-Identifier: GPL-2.0-only
// The order in which libbpf's deduplication meets types of one key. Its hash table
// (tools/lib/bpf/hashmap.c: hashmap_insert, hashmap_grow) puts each entry at the head of its
// bucket, and each growth walks the buckets from the head and so reverses the order of equal keys.
// It grows before an insertion that would exceed 3/4 of its capacity, a power of two. The base's
// types are inserted first, in the order of their ids, without variables (btf_dedup_prep). Pure
// values; any thread.
#pragma once

#include "daemon/btf/btf_view.hpp"

#include <cstdint>
#include <vector>

namespace kbtf {

class TableOrder {
public:
  explicit TableOrder(const BtfView& base);

  // `ids`, ascending and without variables, in the order in which a lookup finds them once the
  // whole base is inserted.
  [[nodiscard]] std::vector<std::uint32_t> of(const std::vector<std::uint32_t>& ids) const;
  // How many entries can follow the whole base before the table grows.
  [[nodiscard]] std::size_t room() const { return m_room; }

private:
  std::vector<std::uint32_t> m_variables; // ids, ascending: not in the table
  std::vector<std::size_t> m_growths;     // sizes at which the next insertion grows the table
  std::size_t m_size = 0;
  std::size_t m_room = 0;
};

} // namespace kbtf
