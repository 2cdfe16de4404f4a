// SPDX-License-Identifier: GPL-2.0-only
// What a change of the base BTF means for modules that did not change: a map from the old base's
// types and strings to the new one's, and what deduplication of a module could see of the change.
// Made once per change, used for all modules (renumber.hpp).
//
// Why this is enough. pahole writes a module's types on top of the base and calls btf__dedup
// (tools/lib/bpf/btf.c), which sees the base only in the ways below. Each gives the same result on
// the old and on the new base, except for ids, if the module has no type with a key (type_key.hpp)
// of a type that is gone, added or changed:
//   1. It looks up types in a hash table: numbers and references (pointers, functions, ...) by
//      content; enums by name and content; structs and unions by name, size and their members'
//      names and offsets; forward declarations by name; typedefs by content up to libbpf 1.6, by
//      name from 1.7 on (37027144), so they have both sorts of keys here. If several types fit, the
//      table's order decides; see Flags::reordered.
//   2. It walks from a struct (or typedef) that it found, in parallel with the module's. All that
//      it can reach is paired (type_match.hpp). At a changed struct the walk ends. There the
//      module's type has another name; or it is a forward declaration, for which name and kind
//      decide; or it is the module's own version of that struct, and then it has the struct's key.
//   3. It counts structs and unions by name, to resolve forward declarations.
//   4. It looks up strings by content.
// So the module's types end up in the base or in the split as before, and in the same order.
//
// From Linux 7.0 on resolve_btfids processes that split. It adds what kfuncs need, made of existing
// types. It runs btf__dedup of the kernel's own libbpf, for which the same holds. And it sorts the
// types by name and, for equal names, by id (sort_btf_by_name): then the order before the sort
// decides, and that is the same.
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
      below_delta = 16, // of a type reached through reference types that only one of the bases has
      reordered = 32,   // of several types that deduplication now meets in another order
    };
  };

  // Errors: unsupported for bases that deduplication would treat in a way not considered here
  // (duplicate strings, enums without name and values). 100 ms for a distribution's kernel.
  [[nodiscard]] static Expected<std::shared_ptr<const BaseMap>>
  make(std::shared_ptr<const BtfBase> from, std::shared_ptr<const BtfBase> to);

  [[nodiscard]] const BtfBase& from() const { return *m_from; }
  [[nodiscard]] const BtfBase& to() const { return *m_to; }
  [[nodiscard]] const StringMap& strings() const { return *m_strings; }

  // The new id of a type of the old base; 0 if it has none (and for void).
  [[nodiscard]] std::uint32_t moved(std::uint32_t id) const { return m_moved[id]; }
  // Flags of a type of the old base, by its keys.
  [[nodiscard]] std::uint8_t type_flags(std::uint32_t id) const { return m_type_flags[id]; }
  // Flags of a key (type_key.hpp); 0 if no type of either base has it. A collision of two keys can
  // only add flags.
  [[nodiscard]] std::uint8_t key_flags(std::uint64_t key) const { return m_keys.flags(key); }
  // How many types can be added to libbpf's hash table of either base before it grows, which
  // reverses the order of types with one key.
  [[nodiscard]] std::size_t room_in_table() const { return m_room; }
  // Whether the new base has a function whose name is at this offset of its strings.
  [[nodiscard]] bool is_function_name(std::uint32_t offset) const;

  // For explanations: how many types have no counterpart (without variables and their sections).
  [[nodiscard]] std::size_t gone() const { return m_gone; }
  [[nodiscard]] std::size_t added() const { return m_added; }
  [[nodiscard]] std::size_t changed() const { return m_changed; }
  [[nodiscard]] std::size_t bytes() const; // of memory, without the bases

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
