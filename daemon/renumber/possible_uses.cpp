// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/possible_uses.hpp"

#include "daemon/model/hash.hpp"
#include "daemon/renumber/type_key.hpp"

#include <string>

namespace kbtf {
namespace {

// Where a key comes from.
enum Origin : std::uint8_t {
  defined = 1,   // in the full BTF, as anything but a forward declaration
  declared = 2,  // in the full BTF, as a forward declaration
  shape = 4,     // in the full BTF, as a reference type
  accounted = 8, // in the base or the split: where the full BTF's type went
};

class PossibleUses {
public:
  PossibleUses(const BtfView& base, const StringMap& strings, const BtfView& full,
               const BtfView& split, bool resolved)
      : m_base(base), m_strings(strings), m_full(full), m_split(split), m_resolved(resolved),
        m_possible(base.type_count(), false) {
    m_possible[0] = true; // void
  }

  [[nodiscard]] Expected<BaseUses> find() {
    for (std::uint32_t id = 1; id < m_full.type_count(); ++id)
      add_full(m_full.type(id));
    for (std::uint32_t id = 1; id < m_base.type_count(); ++id)
      add_keyed(id);
    while (add_references()) {
    }
    return is_one_module() ? Expected<BaseUses>(take())
                           : unexpected(ErrorKind::unsupported,
                                        "the full BTF does not belong to the module's own");
  }

private:
  // A number for a string: its offset in the base, otherwise a hash that no offset equals.
  [[nodiscard]] std::uint64_t string_id(const BtfView& view, std::uint32_t offset) const {
    if (&view != &m_full && offset < m_base.string_size())
      return offset;
    const char* text = view.string(offset);
    const std::string_view string = text ? text : "";
    const std::uint32_t at = m_strings.find(string);
    return at != StringMap::k_none ? at : hash_text(string).low | std::uint64_t{1} << 63;
  }
  [[nodiscard]] std::uint64_t key(const BtfView& view, const BtfType& type) const {
    const auto number = [&](std::uint32_t offset) { return string_id(view, offset); };
    return is_reference_kind(type.kind()) ? shape_key(type, number) : type_key(type, number);
  }
  [[nodiscard]] bool are_possible(const BtfType& type) const {
    bool all = true;
    for_each_type_id(type, [&](std::uint32_t to, const char*, std::uint32_t) {
      all = all && (to >= m_base.type_count() || m_possible[to]);
    });
    return all;
  }
  void add_full(const BtfType& type);
  void add_keyed(std::uint32_t id);
  bool add_references();
  [[nodiscard]] bool add_made(const BtfType& type);
  [[nodiscard]] bool is_one_module();
  [[nodiscard]] BaseUses take() const;

  const BtfView& m_base;
  const StringMap& m_strings;
  const BtfView& m_full;
  const BtfView& m_split;
  bool m_resolved;
  std::vector<bool> m_possible;          // by id of the base
  std::vector<std::uint32_t> m_declared; // of these: only known by forward declarations
  std::vector<std::uint32_t> m_waiting;  // reference types whose shape the full BTF has
  KeyTable m_keys;
};

void PossibleUses::add_full(const BtfType& type) {
  const std::uint32_t kind = type.kind();
  if (!is_variable_kind(kind))
    m_keys.add(key(m_full, type), is_reference_kind(kind) ? Origin::shape
                                  : kind == kind_fwd      ? Origin::declared
                                                          : Origin::defined);
}

void PossibleUses::add_keyed(std::uint32_t id) {
  const BtfType type = m_base.type(id);
  if (is_variable_kind(type.kind()))
    return;
  const std::uint64_t number = key(m_base, type);
  const unsigned flags = m_keys.flags(number);
  if (flags == 0)
    return;
  m_keys.add(number, Origin::accounted);
  if (is_reference_kind(type.kind())) {
    m_waiting.push_back(id);
    return;
  }
  m_possible[id] = true;
  if ((flags & Origin::defined) == 0)
    m_declared.push_back(id);
}

// Reference types form no cycle, and structs and the like are all settled. So the number of rounds
// is the longest run of references that lead to later ids.
bool PossibleUses::add_references() {
  return std::erase_if(m_waiting, [&](std::uint32_t id) {
           const bool possible = are_possible(m_base.type(id));
           if (possible)
             m_possible[id] = true;
           return possible;
         }) != 0;
}

// Handles a type that resolve_btfids may have made or redirected: its prototype can be one of the
// base that has no counterpart in the full BTF.
bool PossibleUses::add_made(const BtfType& type) {
  bool all = true;
  for_each_type_id(type, [&](std::uint32_t to, const char*, std::uint32_t) {
    if (to >= m_base.type_count() || m_possible[to])
      return;
    const BtfType used = m_base.type(to);
    all = all && used.kind() == kind_func_proto && are_possible(used);
    m_possible[to] = all;
  });
  return all;
}

// Checks that the split has nothing that the full BTF lacks, refers only to possible types, and
// together with the base has all that is in the full BTF.
bool PossibleUses::is_one_module() {
  for (std::uint32_t id = m_split.first_id(); id < m_split.type_count(); ++id) {
    const BtfType type = m_split.type(id);
    if (is_variable_kind(type.kind()))
      continue;
    const std::uint64_t number = key(m_split, type);
    const bool may_be_made =
        m_resolved && (type.kind() == kind_decl_tag || type.kind() == kind_func ||
                       type.kind() == kind_func_proto);
    if (may_be_made ? !add_made(type) : m_keys.flags(number) == 0 || !are_possible(type))
      return false;
    m_keys.add(number, Origin::accounted);
  }
  for (std::uint32_t id = 1; id < m_full.type_count(); ++id)
    if (const BtfType type = m_full.type(id);
        !is_variable_kind(type.kind()) &&
        (m_keys.flags(key(m_full, type)) & Origin::accounted) == 0)
      return false;
  return true;
}

BaseUses PossibleUses::take() const {
  std::vector<bool> used = m_possible;
  used[0] = false;
  for (const std::uint32_t id : m_declared)
    used[id] = false;
  BaseUses result{{}, m_declared};
  for (std::uint32_t id = 1; id < used.size(); ++id)
    if (used[id])
      result.uses.push_back(id);
  return result;
}

} // namespace

Expected<BaseUses> possible_uses(const BtfView& base, const StringMap& strings, const BtfView& full,
                                 const BtfView& split, bool resolved) {
  return PossibleUses(base, strings, full, split, resolved).find();
}

} // namespace kbtf
