// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/renumber.hpp"

#include "daemon/btf/btf_check_parts.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

namespace kbtf {
namespace {

constexpr std::size_t k_word = sizeof(std::uint32_t);

Renumbered refused(RefusalReason reason, std::string_view detail) {
  return {{}, reason, std::string(detail)};
}

struct Set {
  std::uint64_t offset = 0;
  std::uint64_t step = 0; // bytes per entry, and of the header before the first
  std::uint64_t count = 0;
};

// Kind and name that a symbol asks for; the layout of symbol names is checked by check_btf_ids.
using Wanted = std::pair<std::uint32_t, std::string_view>;

// Splits "__BTF_ID__KIND__NAME__UNIQUE"; nothing for sets.
std::optional<Wanted> wanted_by(std::string_view symbol) {
  symbol.remove_prefix(std::string_view("__BTF_ID__").size());
  constexpr std::pair<std::string_view, std::uint32_t> k_kinds[] = {{"func__", kind_func},
                                                                    {"struct__", kind_struct},
                                                                    {"union__", kind_union},
                                                                    {"typedef__", kind_typedef}};
  for (const auto& [text, kind] : k_kinds)
    if (symbol.starts_with(text)) {
      symbol.remove_prefix(text.size());
      return Wanted{kind, symbol.substr(0, symbol.rfind("__"))};
    }
  return std::nullopt;
}

struct Found {
  std::uint32_t id = 0;    // the first
  std::uint32_t count = 0; // all
};

// resolve_btfids takes the first type of a kind and name, the base's before the module's.
void resolve(const BtfView& view, std::map<Wanted, Found>& wanted) {
  for (std::uint32_t id = 1; id < view.type_count(); ++id) {
    const BtfType type = view.type(id);
    const std::uint32_t kind = type.kind();
    if (kind != kind_func && kind != kind_typedef && !is_composite(kind))
      continue;
    const char* name = view.string(type.name);
    const auto found = wanted.find(Wanted{kind, name ? name : ""});
    if (found != wanted.end() && found->second.count++ == 0)
      found->second.id = id;
  }
}

class IdsRenumberer {
public:
  IdsRenumberer(const BaseMap& map, const BtfView& before, const BtfView& after,
                std::span<const std::byte> ids)
      : m_map(map), m_before(before), m_after(after), m_ids(ids.begin(), ids.end()),
        m_done(ids.size() / k_word, false) {}

  [[nodiscard]] Renumbered run(const std::vector<IdSymbol>& symbols);

private:
  [[nodiscard]] std::uint32_t word(std::uint64_t offset) const {
    std::uint32_t value = 0;
    std::memcpy(&value, m_ids.data() + offset, sizeof value);
    return value;
  }
  void put(std::uint64_t offset, std::uint32_t value) {
    std::memcpy(m_ids.data() + offset, &value, sizeof value);
  }
  [[nodiscard]] std::uint32_t moved(std::uint32_t id) const {
    const std::uint32_t first = m_before.first_id();
    return id < first ? m_map.moved(id) : id - first + m_after.first_id();
  }
  [[nodiscard]] bool resolve_names(const std::vector<IdSymbol>& symbols);
  [[nodiscard]] bool move_id(std::uint64_t offset);
  [[nodiscard]] bool move_set(const Set& set);

  const BaseMap& m_map;
  const BtfView& m_before;
  const BtfView& m_after;
  std::vector<std::byte> m_ids;
  std::vector<bool> m_done; // by word: the id has been moved
  std::map<std::uint32_t, std::uint32_t> m_moved;
  std::string_view m_culprit;
};

// Fills m_moved: each id that an entry can have, and the id of the same name on the new base.
bool IdsRenumberer::resolve_names(const std::vector<IdSymbol>& symbols) {
  std::map<Wanted, Found> before;
  for (const IdSymbol& symbol : symbols)
    if (symbol.name.starts_with("__BTF_ID__"))
      if (const auto wanted = wanted_by(symbol.name))
        before.emplace(*wanted, Found{});
  auto after = before;
  resolve(m_before, before);
  resolve(m_after, after);
  for (const auto& [wanted, old] : before) {
    const Found& now = after[wanted];
    if (old.id == 0 || now.id == 0 || moved(old.id) != now.id || now.count > old.count) {
      m_culprit = wanted.second;
      return false;
    }
    m_moved.emplace(old.id, now.id);
  }
  return true;
}

bool IdsRenumberer::move_id(std::uint64_t offset) {
  const auto found = m_moved.find(word(offset));
  if (found == m_moved.end() || m_done[offset / k_word])
    return false;
  m_done[offset / k_word] = true;
  put(offset, found->second);
  return true;
}

// Distinct ids sort the same way whatever their order was, along with their flags.
bool IdsRenumberer::move_set(const Set& set) {
  using Entry = std::pair<std::uint32_t, std::uint32_t>; // id, flags
  std::vector<Entry> entries;
  const std::uint64_t first = set.offset + set.step;
  for (std::uint64_t at = first; at < first + set.count * set.step; at += set.step) {
    if (!move_id(at))
      return false;
    entries.emplace_back(word(at), set.step > k_word ? word(at + k_word) : 0);
  }
  std::sort(entries.begin(), entries.end());
  std::uint64_t at = first;
  for (std::size_t i = 0; i < entries.size(); ++i, at += set.step) {
    if (i > 0 && entries[i].first == entries[i - 1].first)
      return false;
    // resolve_btfids compares ids as int; BTF_MAX_TYPE keeps them positive
    put(at, entries[i].first);
    if (set.step > k_word)
      put(at + k_word, entries[i].second);
  }
  return true;
}

Renumbered IdsRenumberer::run(const std::vector<IdSymbol>& symbols) {
  if (!resolve_names(symbols))
    return refused(RefusalReason::ids_ambiguous, m_culprit);
  for (const IdSymbol& symbol : symbols) {
    std::string_view name = symbol.name;
    if (!name.starts_with("__BTF_ID__set"))
      continue;
    const std::uint64_t step = name.starts_with("__BTF_ID__set8__") ? 2 * k_word : k_word;
    if (!move_set({symbol.offset, step, symbol.size / step - 1}))
      return refused(RefusalReason::ids_ambiguous, name);
  }
  std::vector<std::uint64_t> singles; // two symbols may share a place
  for (const IdSymbol& symbol : symbols)
    if (symbol.name.starts_with("__BTF_ID__") && wanted_by(symbol.name) &&
        !m_done[symbol.offset / k_word])
      singles.push_back(symbol.offset);
  std::sort(singles.begin(), singles.end());
  singles.erase(std::unique(singles.begin(), singles.end()), singles.end());
  for (const std::uint64_t offset : singles)
    if (!move_id(offset))
      return refused(RefusalReason::ids_ambiguous, "offset " + std::to_string(offset));
  return {std::move(m_ids), RefusalReason::none, {}};
}

} // namespace

Renumbered renumber_ids(const BaseMap& map, std::span<const std::byte> old_split,
                        std::span<const std::byte> new_split, std::span<const std::byte> ids,
                        const std::vector<IdSymbol>& symbols) {
  if (auto checked = check_btf_ids(&map.from(), old_split, ids, symbols); !checked)
    return refused(RefusalReason::malformed, checked.error().text);
  const auto before = BtfView::parse(old_split, &map.from().parts().view);
  const auto after = BtfView::parse(new_split, &map.to().parts().view);
  if (!before || !after ||
      before->type_count() - before->first_id() != after->type_count() - after->first_id())
    return refused(RefusalReason::malformed, ".BTF does not fit");
  auto made = IdsRenumberer(map, *before, *after, ids).run(symbols);
  if (made)
    if (auto checked = check_btf_ids(&map.to(), new_split, made.bytes, symbols); !checked)
      return refused(RefusalReason::malformed, checked.error().text);
  return made;
}

} // namespace kbtf
