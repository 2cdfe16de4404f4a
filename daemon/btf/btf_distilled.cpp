// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/btf_distilled.hpp"
#include "daemon/btf/btf_check_parts.hpp"

#include <cstring>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace kbtf {
namespace {

// The text gives ids, not names: the names of int and float may be anything.
Unexpected distilled_error(std::uint32_t id, const std::string& what) {
  return unexpected(ErrorKind::malformed,
                    "distilled base type " + std::to_string(id) + ": " + what);
}

// A name, unless it is longer than the kernel's KSYM_NAME_LEN. check_metas has rejected such names
// for all kinds but int and float, and many types may share one name of many megabytes.
std::optional<std::string_view> bounded_name(const BtfView& view, std::uint32_t offset) {
  constexpr std::size_t k_limit = 512;
  const char* name = view.string(offset);
  const std::size_t length = ::strnlen(name, k_limit + 1);
  if (length > k_limit)
    return std::nullopt;
  return std::string_view(name, length);
}

bool may_be_distilled(std::uint32_t kind) {
  return kind == kind_int || kind == kind_float || kind == kind_enum || kind == kind_fwd ||
         is_composite(kind);
}

bool may_match(std::uint32_t base_kind) {
  return may_be_distilled(base_kind) || base_kind == kind_enum64;
}

// Which types of the distilled base are embedded by value in a struct of the split. Walks chains of
// modifiers and arrays once: every type on a walk remembers where it ended.
class EmbeddedTypes {
public:
  explicit EmbeddedTypes(const BtfView& split)
      : m_split(split), m_ends(split.type_count(), k_unknown), m_embedded(split.first_id(), false) {
    for (std::uint32_t id = split.first_id(); id < split.type_count(); ++id) {
      const BtfType type = split.type(id);
      if (!is_composite(type.kind()))
        continue;
      for (std::size_t i = 0; i < type.vlen(); ++i)
        if (const std::uint32_t end = end_of(type.word(i * 3 + 1)); end < split.first_id())
          m_embedded[end] = true;
    }
  }
  [[nodiscard]] bool contains(std::uint32_t distilled_id) const { return m_embedded[distilled_id]; }

private:
  static constexpr std::uint32_t k_unknown = UINT32_MAX;

  [[nodiscard]] std::uint32_t end_of(std::uint32_t start) {
    std::vector<std::uint32_t> walk;
    std::uint32_t id = start;
    while (m_ends[id] == k_unknown) {
      const BtfType type = m_split.type(id);
      const bool is_array = type.kind() == kind_array;
      if (!is_array && !is_modifier(type.kind())) {
        m_ends[id] = id;
        break;
      }
      walk.push_back(id);
      id = is_array ? type.word(0) : type.size_or_type;
    }
    for (const std::uint32_t passed : walk)
      m_ends[passed] = m_ends[id];
    return m_ends[id];
  }

  const BtfView& m_split;
  std::vector<std::uint32_t> m_ends;
  std::vector<bool> m_embedded;
};

class Relocation {
public:
  Relocation(const BtfView& base, const BtfView& distilled, const BtfView& split)
      : m_base(base), m_distilled(distilled), m_embedded(split),
        m_found(distilled.type_count(), 0) {}

  [[nodiscard]] Status run() {
    for (std::uint32_t id = 1; id < m_distilled.type_count(); ++id) {
      const BtfType type = m_distilled.type(id);
      if (!may_be_distilled(type.kind()))
        return distilled_error(id, "is a " + kind_name(type.kind()));
      if (type.name == 0)
        return distilled_error(id, "has no name");
      const auto name = bounded_name(m_distilled, type.name);
      if (!name)
        return distilled_error(id, "its name is too long");
      m_by_name[*name].push_back(id);
    }
    count_composites();
    for (std::uint32_t id = 1; id < m_base.type_count(); ++id)
      if (auto ok = offer(id); !ok)
        return ok;
    for (std::uint32_t id = 1; id < m_distilled.type_count(); ++id)
      if (m_found[id] == 0)
        return distilled_error(id, "the base has no " + kind_name(m_distilled.type(id).kind()) +
                                       " that fits it");
    return Ok{};
  }

private:
  // If the base has several structs of one name, only those of the distilled size count. The kernel
  // counts by string offset, which is the same as by name since strings are unique.
  void count_composites() {
    for (std::uint32_t id = 1; id < m_base.type_count(); ++id) {
      const BtfType type = m_base.type(id);
      if (is_composite(type.kind()) && type.name != 0)
        ++m_composites[type.name];
    }
  }

  [[nodiscard]] bool needs_size(const BtfType& type) const {
    if (type.kind() == kind_fwd)
      return false;
    return !is_composite(type.kind()) || m_composites.at(type.name) > 1;
  }

  // Offers a base type to the distilled types of its name.
  [[nodiscard]] Status offer(std::uint32_t id) {
    const BtfType type = m_base.type(id);
    if (type.name == 0 || !may_match(type.kind()))
      return Ok{};
    const auto name = bounded_name(m_base, type.name);
    const auto named = name ? m_by_name.find(*name) : m_by_name.end();
    if (named == m_by_name.end())
      return Ok{};
    for (const std::uint32_t wanted : named->second) {
      const BtfType distilled = m_distilled.type(wanted);
      if (needs_size(type) && type.size_or_type != distilled.size_or_type)
        continue;
      if (!fits(type, distilled, m_embedded.contains(wanted)))
        continue;
      if (m_found[wanted] != 0)
        return distilled_error(wanted, "two types of the base fit it, " +
                                           std::to_string(m_found[wanted]) + " and " +
                                           std::to_string(id));
      m_found[wanted] = id;
    }
    return Ok{};
  }

  // The switch in btf_relocate_map_distilled_base, oddities included: a fwd fits by the struct's
  // kind_flag, a struct fits anything of its name.
  [[nodiscard]] static bool fits(const BtfType& base, const BtfType& distilled, bool embedded) {
    switch (distilled.kind()) {
    case kind_fwd:
      if (base.kind() == kind_fwd)
        return base.kflag() == distilled.kflag();
      return (base.kind() == kind_struct && !base.kflag()) ||
             (base.kind() == kind_union && base.kflag());
    case kind_int:
      return base.kind() == kind_int &&
             int_encoding(base.word(0)) == int_encoding(distilled.word(0));
    case kind_float:
      return base.kind() == kind_float;
    case kind_enum: // enum64 is distilled to a sized enum
      return is_enumeration(base.kind());
    default:
      return !embedded || base.size_or_type == distilled.size_or_type;
    }
  }

  const BtfView& m_base;
  const BtfView& m_distilled;
  EmbeddedTypes m_embedded;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> m_by_name;
  std::unordered_map<std::uint32_t, std::uint32_t> m_composites; // by name offset in the base
  std::vector<std::uint32_t> m_found;                            // base id by distilled id
};

// The kernel can only relocate a string of the distilled base that is the name of one of its types.
Status check_strings(const BtfView& distilled, const BtfView& split) {
  std::unordered_set<std::uint32_t> names;
  for (std::uint32_t id = 1; id < distilled.type_count(); ++id)
    names.insert(distilled.type(id).name);
  for (std::uint32_t id = split.first_id(); id < split.type_count(); ++id) {
    bool known = true;
    for_each_string(split.type(id), [&](std::uint32_t offset) {
      if (offset != 0 && offset < distilled.string_size() && !names.contains(offset))
        known = false;
    });
    if (!known)
      return type_error(id, "uses a string of .BTF.base that is no type's name there");
  }
  return Ok{};
}

} // namespace

Status check_distilled_base(const BtfBase& base, const BtfBase& distilled,
                            std::span<const std::byte> split) {
  const BtfView& below = distilled.parts().view;
  auto view = BtfView::parse(split, &below);
  if (!view)
    return view.forward_error();
  if (auto ok = Relocation(base.parts().view, below, *view).run(); !ok)
    return ok;
  return check_strings(below, *view);
}

} // namespace kbtf
