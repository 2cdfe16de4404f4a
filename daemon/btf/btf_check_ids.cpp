// SPDX-License-Identifier: GPL-2.0-only
// .BTF_ids: include/linux/btf_ids.h lays it out, tools/bpf/resolve_btfids/main.c fills it in.
//   BTF_ID:   u32 id                                        __BTF_ID__KIND__NAME__UNIQUE
//   BTF_SET:  u32 count, u32 ids[count]                     __BTF_ID__set__NAME
//   BTF_SET8: u32 count, u32 flags, {u32 id, flags}[count]  __BTF_ID__set8__NAME
// A set's symbol spans the whole set, and its entries have their own symbols.
#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/btf_check_parts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace kbtf {
namespace {

constexpr std::size_t k_word = sizeof(std::uint32_t);

// What a symbol asks for, "func bpf_ct_release" as kind and name.
using Wanted = std::pair<std::uint32_t, std::string_view>;

struct Entry {
  std::uint64_t offset = 0;
  Wanted wanted;
};

struct Set {
  std::string_view name;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t step = 0; // bytes per entry, and of the header before the first
};

Unexpected ids_error(const std::string& what) {
  return unexpected(ErrorKind::malformed, what);
}

std::string to_text(const Wanted& wanted) {
  return kind_name(wanted.first) + " " + std::string(wanted.second);
}

class IdsCheck {
public:
  IdsCheck(const BtfView& view, std::span<const std::byte> ids) : m_view(view), m_ids(ids) {}

  [[nodiscard]] Status run(const std::vector<IdSymbol>& symbols) {
    for (const auto& symbol : symbols)
      if (auto ok = add_symbol(symbol); !ok)
        return ok;
    std::sort(m_entries.begin(), m_entries.end(),
              [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
    std::sort(m_sets.begin(), m_sets.end(),
              [](const Set& a, const Set& b) { return a.offset < b.offset; });
    if (auto ok = check_sets(); !ok)
      return ok;
    return check_unresolved();
  }

private:
  [[nodiscard]] std::uint32_t word_at(std::uint64_t offset) const {
    std::uint32_t value = 0;
    std::memcpy(&value, m_ids.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] bool fits(std::uint64_t offset, std::uint64_t size) const {
    return offset % k_word == 0 && offset <= m_ids.size() && size <= m_ids.size() - offset;
  }

  [[nodiscard]] Status add_symbol(const IdSymbol& symbol);
  [[nodiscard]] Status add_set(std::string_view name, const IdSymbol& symbol, std::uint64_t step);
  [[nodiscard]] Status check_sets();
  [[nodiscard]] Status check_set(const Set& set, std::span<const Entry> entries);
  [[nodiscard]] Status check_single(const Entry& entry);
  [[nodiscard]] Status check_unresolved() const;
  // Kind and name of a type; nothing if it is void or out of range.
  [[nodiscard]] std::optional<Wanted> describe(std::uint32_t id) const;

  const BtfView& m_view;
  std::span<const std::byte> m_ids;
  std::vector<Entry> m_entries;
  std::vector<Set> m_sets;
  std::vector<Wanted> m_unresolved;
};

std::optional<Wanted> IdsCheck::describe(std::uint32_t id) const {
  if (id == 0 || id >= m_view.type_count())
    return std::nullopt;
  const BtfType type = m_view.type(id);
  const char* name = m_view.string(type.name);
  return Wanted{type.kind(), name ? name : ""};
}

Status IdsCheck::add_set(std::string_view name, const IdSymbol& symbol, std::uint64_t step) {
  if (symbol.size < step || symbol.size % step != 0)
    return ids_error(symbol.name + ": a set of " + std::to_string(symbol.size) + " bytes");
  if (!fits(symbol.offset, symbol.size))
    return ids_error(symbol.name + ": lies outside of .BTF_ids");
  m_sets.push_back({name, symbol.offset, symbol.size, step});
  return Ok{};
}

Status IdsCheck::add_symbol(const IdSymbol& symbol) {
  constexpr std::string_view k_prefix = "__BTF_ID__";
  std::string_view rest = symbol.name;
  if (!rest.starts_with(k_prefix))
    return Ok{};
  rest.remove_prefix(k_prefix.size());
  const auto strip = [&rest](std::string_view kind) {
    const bool match = rest.starts_with(kind) && rest.substr(kind.size()).starts_with("__");
    if (match)
      rest.remove_prefix(kind.size() + 2);
    return match;
  };
  if (strip("set8"))
    return add_set(rest, symbol, 2 * k_word);
  if (strip("set"))
    return add_set(rest, symbol, k_word);
  std::uint32_t kind = kind_func;
  if (strip("struct"))
    kind = kind_struct;
  else if (strip("union"))
    kind = kind_union;
  else if (strip("typedef"))
    kind = kind_typedef;
  else if (!strip("func"))
    return ids_error(symbol.name + ": unknown kind of id");
  const std::size_t unique = rest.rfind("__");
  if (unique == std::string_view::npos || unique == 0)
    return ids_error(symbol.name + ": no name in it");
  if (!fits(symbol.offset, k_word))
    return ids_error(symbol.name + ": lies outside of .BTF_ids");
  m_entries.push_back({symbol.offset, {kind, rest.substr(0, unique)}});
  return Ok{};
}

// Checks sets and the entries between them, both by offset.
Status IdsCheck::check_sets() {
  std::uint64_t end = 0;
  std::size_t next = 0;
  const std::span<const Entry> entries(m_entries);
  const auto singles_below = [&](std::uint64_t offset) -> Status {
    for (; next < entries.size() && entries[next].offset < offset; ++next)
      if (auto ok = check_single(entries[next]); !ok)
        return ok;
    return Ok{};
  };
  for (const Set& set : m_sets) {
    if (set.offset < end)
      return ids_error("set " + std::string(set.name) + ": overlaps the one before it");
    if (auto ok = singles_below(set.offset); !ok)
      return ok;
    end = set.offset + set.size;
    const std::size_t begin = next;
    while (next < entries.size() && entries[next].offset < end)
      ++next;
    if (auto ok = check_set(set, entries.subspan(begin, next - begin)); !ok)
      return ok;
  }
  return singles_below(UINT64_MAX);
}

Status IdsCheck::check_single(const Entry& entry) {
  const std::uint32_t id = word_at(entry.offset);
  if (id == 0) {
    m_unresolved.push_back(entry.wanted);
    return Ok{};
  }
  const auto found = describe(id);
  const std::string place = "offset " + std::to_string(entry.offset) + ": ";
  if (!found)
    return ids_error(place + "id " + std::to_string(id) + " out of range (max " +
                     std::to_string(m_view.type_count() - 1) + ")");
  if (*found != entry.wanted)
    return ids_error(place + "id " + std::to_string(id) + " is " + to_text(*found) + ", not " +
                     to_text(entry.wanted));
  return Ok{};
}

Status IdsCheck::check_set(const Set& set, std::span<const Entry> entries) {
  const std::string place = "set " + std::string(set.name) + ": ";
  const std::uint64_t count = set.size / set.step - 1;
  if (word_at(set.offset) != count)
    return ids_error(place + "its count is " + std::to_string(word_at(set.offset)) +
                     ", its symbol has " + std::to_string(count) + " entries");
  std::map<Wanted, std::size_t> wanted;
  for (const Entry& entry : entries) {
    if (entry.offset < set.offset + set.step || (entry.offset - set.offset) % set.step != 0)
      return ids_error(place + to_text(entry.wanted) + " is not at the place of an entry");
    ++wanted[entry.wanted];
  }
  const bool all_named = entries.size() == count; // otherwise BTF_ID_UNUSED or stripped symbols
  std::uint32_t last = 0;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::uint32_t id = word_at(set.offset + i * set.step);
    if (id < last)
      return ids_error(place + "not sorted at entry " + std::to_string(i - 1));
    last = id;
    if (id == 0)
      continue;
    const auto found = describe(id);
    if (!found)
      return ids_error(place + "id " + std::to_string(id) + " out of range (max " +
                       std::to_string(m_view.type_count() - 1) + ")");
    const auto match = wanted.find(*found);
    if (match != wanted.end() && match->second > 0)
      --match->second;
    else if (all_named)
      return ids_error(place + "id " + std::to_string(id) + " is " + to_text(*found) +
                       ", which is not in the set");
  }
  for (const auto& [what, left] : wanted)
    if (left > 0)
      m_unresolved.push_back(what);
  return Ok{};
}

Status IdsCheck::check_unresolved() const {
  if (m_unresolved.empty())
    return Ok{};
  std::vector<Wanted> wanted = m_unresolved;
  std::sort(wanted.begin(), wanted.end());
  for (std::uint32_t id = 1; id < m_view.type_count(); ++id) {
    const std::uint32_t kind = m_view.type(id).kind();
    if (kind != kind_func && kind != kind_typedef && !is_composite(kind))
      continue;
    if (const auto found = describe(id);
        found && std::binary_search(wanted.begin(), wanted.end(), *found))
      return ids_error("no id for " + to_text(*found) + ", though it is type " +
                       std::to_string(id) + " (resolve_btfids has not run?)");
  }
  return Ok{};
}

} // namespace

Status check_btf_ids(const BtfBase* base, std::span<const std::byte> btf,
                     std::span<const std::byte> ids, const std::vector<IdSymbol>& symbols) {
  auto view = BtfView::parse(btf, base ? &base->parts().view : nullptr);
  if (!view)
    return view.forward_error();
  return IdsCheck(*view, ids).run(symbols);
}

} // namespace kbtf
