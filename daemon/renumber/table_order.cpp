// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/table_order.hpp"

#include "daemon/renumber/btf_words.hpp"

#include <algorithm>

namespace kbtf {

TableOrder::TableOrder(const BtfView& base) {
  for (std::uint32_t id = 1; id < base.type_count(); ++id)
    if (is_variable_kind(base.type(id).kind()))
      m_variables.push_back(id);
  m_size = base.type_count() - 1 - m_variables.size();
  std::size_t capacity = 0;
  std::size_t size = 0;
  for (;; ++size) {
    if (capacity != 0 && (size + 1) * 4 / 3 <= capacity)
      continue;
    if (size >= m_size)
      break;
    m_growths.push_back(size);
    capacity = capacity == 0 ? 4 : capacity * 2; // HASHMAP_MIN_CAP_BITS
  }
  m_room = size - m_size;
}

std::vector<std::uint32_t> TableOrder::of(const std::vector<std::uint32_t>& ids) const {
  std::vector<std::uint32_t> order; // back to front, so that push_back is an insertion
  auto growth = m_growths.begin();
  const auto grow_up_to = [&](std::size_t size) {
    for (; growth != m_growths.end() && *growth <= size; ++growth)
      std::reverse(order.begin(), order.end());
  };
  for (const std::uint32_t id : ids) {
    const auto variables =
        std::lower_bound(m_variables.begin(), m_variables.end(), id) - m_variables.begin();
    grow_up_to(id - 1 - static_cast<std::size_t>(variables));
    order.push_back(id);
  }
  grow_up_to(m_size);
  std::reverse(order.begin(), order.end());
  return order;
}

} // namespace kbtf
