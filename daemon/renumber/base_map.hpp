// SPDX-License-Identifier: GPL-2.0-only
// What a change of the base BTF means for modules that did not change: a map from the old base's
// types and strings to the new one's, and what deduplication of a module could see of the change.
// Made once per change, used for all modules (renumber.hpp).
//
// Why this is enough. pahole writes a module's types on top of the base and calls btf__dedup
// (tools/lib/bpf/btf.c), which sees the base in these ways only. Each gives the same result on the
// old and on the new base, except for ids, if the module has no type with a key (type_key.hpp) of
// a type that is gone, added or changed:
//   1. It looks types up in a hash table: numbers and references (pointers, functions, ...) by
//      content, enums by name and content, structs and unions by name, size and members' names and
//      offsets, forward declarations by name; typedefs by content up to libbpf 1.6, by name from
//      1.7 on (37027144), which is why they have both sorts of keys here. Where several types fit,
//      the table's order decides; see Flags::reordered.
//   2. It walks from a struct (or typedef) that it found, along with the module's. All that can be
//      reached is paired (type_match.hpp). At a changed struct the walk ends: the module's type
//      there has another name, or is a forward declaration, for which name and kind decide, or it
//      is the module's own idea of that struct, and then it has the struct's key.
//   3. It counts structs and unions by name, to resolve forward declarations.
//   4. It looks strings up by content.
// So the module's types end up in the base or in the split as before, and in the same order.
// From Linux 7.0 on resolve_btfids goes over that split: it adds what kfuncs need, made of types
// that are there, runs btf__dedup of the kernel's own libbpf, of which the same holds, and sorts
// the types by name and, where names are equal, by id (sort_btf_by_name): the order before that
// decides, and it is the same.
//
// Immutable, any thread. Keeps both bases alive. About 10 MB for a distribution's kernel.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/renumber/key_table.hpp"
#include "daemon/renumber/string_map.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace kbtf {

class BaseMap {
public:
  struct Flags {
    enum : std::uint8_t {
      delta = 1,        // of a type that only one of the bases has
      changed = 2,      // of a struct, union or enum that the other base has with other content;
                        // no matter for forward declarations
      in_base = 4,      // of a type of the old base
      ambiguous = 8,    // of several types of the old base
      below_delta = 16, // of a type to which reference types lead that only one of the bases has
      reordered = 32,   // of several types, which deduplication meets in another order now
    };
  };

  // Errors: unsupported for bases that deduplication would treat in a way not thought through
  // here (a string twice, enums without name and values). 100 ms for a distribution's kernel.
  [[nodiscard]] static Expected<std::shared_ptr<const BaseMap>>
  make(std::shared_ptr<const BtfBase> from, std::shared_ptr<const BtfBase> to);

  [[nodiscard]] const BtfBase& from() const { return *m_from; }
  [[nodiscard]] const BtfBase& to() const { return *m_to; }
  [[nodiscard]] const StringMap& strings() const { return *m_strings; }

  // The new id of a type of the old base; 0 if it has none (and for void).
  [[nodiscard]] std::uint32_t moved(std::uint32_t id) const { return m_moved[id]; }
  // Flags of a type of the old base, by its keys.
  [[nodiscard]] std::uint8_t type_flags(std::uint32_t id) const { return m_type_flags[id]; }
  // Flags of a key (type_key.hpp), 0 for one that no type of either base has. A collision of two
  // keys can only add flags.
  [[nodiscard]] std::uint8_t key_flags(std::uint64_t key) const { return m_keys.flags(key); }
  // How many types can be added to libbpf's hash table of either base before it grows, which
  // turns the order of types with one key around.
  [[nodiscard]] std::size_t room_in_table() const { return m_room; }
  // Whether the new base has a function of the name at this offset of its strings.
  [[nodiscard]] bool is_function_name(std::uint32_t offset) const;

  // For explanations: how many types have no counterpart (variables and their sections left out).
  [[nodiscard]] std::size_t gone() const { return m_gone; }
  [[nodiscard]] std::size_t added() const { return m_added; }
  [[nodiscard]] std::size_t changed() const { return m_changed; }
  [[nodiscard]] std::size_t bytes() const; // of memory, the bases not included

private:
  BaseMap() = default;
  friend class BaseMapBuilder;

  std::shared_ptr<const BtfBase> m_from;
  std::shared_ptr<const BtfBase> m_to;
  std::unique_ptr<const StringMap> m_strings;
  std::vector<std::uint32_t> m_moved;
  std::vector<std::uint8_t> m_type_flags;
  KeyTable m_keys;
  std::vector<bool> m_function_names;
  std::size_t m_room = 0;
  std::size_t m_gone = 0;
  std::size_t m_added = 0;
  std::size_t m_changed = 0;
};

} // namespace kbtf
