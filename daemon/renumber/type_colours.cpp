// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/type_colours.hpp"

#include "daemon/renumber/btf_words.hpp"
#include "daemon/renumber/key_table.hpp"
#include "daemon/renumber/type_key.hpp"

#include <tuple>

namespace kbtf {
namespace {

// How many references a type's surroundings reach, unless unique names end them before. C has few
// longer paths without a name; verifying the pairs finds types that are alike up to here and differ
// beyond.
constexpr int k_rounds = 8;
constexpr int k_lenient_rounds = 4;

// The hash of a type without its references. `string_id` makes strings comparable.
template <typename F> std::vector<std::uint64_t> own_colours(const BtfView& view, F&& string_id) {
  std::vector<std::uint64_t> colours(view.type_count());
  for (std::uint32_t id = 1; id < view.type_count(); ++id) {
    std::uint64_t hash = 0;
    for_each_word(view.type(id), [&](const Word& word) {
      if (word.role == WordRole::string)
        hash = mix(hash, string_id(word.value));
      else if (word.role == WordRole::value)
        hash = mix(hash, word.value);
    });
    colours[id] = hash;
  }
  return colours;
}

// Each possible anchor's hash; `flags` collects how often it occurs: `once`, `twice`.
template <typename F>
std::vector<std::uint64_t> name_hashes(const BtfView& view, F&& string_id, KeyTable& flags,
                                       std::uint8_t once, std::uint8_t twice) {
  std::vector<std::uint64_t> hashes(view.type_count(), 0);
  for (std::uint32_t id = 1; id < view.type_count(); ++id)
    if (const BtfType type = view.type(id); has_tag(type)) {
      const std::uint64_t tag = type.kind() << 1 | (type.kflag() ? 1U : 0U);
      // kind_flag may change for a struct or an enum; for a fwd it is part of its kind
      const std::uint64_t kind = type.kind() == kind_fwd ? tag : tag & ~std::uint64_t{1};
      hashes[id] = mix(mix(kind, string_id(type.name)), 1) | 1; // never 0
      flags.add(hashes[id], (flags.flags(hashes[id]) & once) != 0 ? twice : once);
    }
  return hashes;
}

// `types.colours` must be `own` initially.
void refine(const BtfView& view, const std::vector<std::uint64_t>& own, TypeColours& types) {
  std::vector<std::uint64_t> next(own.size());
  for (std::uint32_t id = 1; id < view.type_count(); ++id) {
    std::uint64_t hash = own[id];
    for_each_type_id(view.type(id), [&](std::uint32_t to, const char*, std::uint32_t) {
      hash = mix(hash, types.anchors[to] != 0 ? types.anchors[to] : types.colours[to]);
    });
    next[id] = hash;
  }
  types.colours = std::move(next);
}

} // namespace

BothColours colour_types(const BtfView& from, const BtfView& to, const StringMap& strings) {
  const auto old_string = [&](std::uint32_t offset) { return strings.common_id(offset); };
  const auto new_string = [](std::uint32_t offset) { return offset; };
  enum : std::uint8_t { old_once = 1, old_twice = 2, new_once = 4, new_twice = 8 };
  KeyTable names;
  BothColours both;
  both.from.anchors = name_hashes(from, old_string, names, old_once, old_twice);
  both.to.anchors = name_hashes(to, new_string, names, new_once, new_twice);
  for (auto* anchors : {&both.from.anchors, &both.to.anchors})
    for (std::uint64_t& anchor : *anchors)
      if (names.flags(anchor) != (old_once | new_once))
        anchor = 0;
  for (const auto& [view, types, own] :
       {std::tuple(&from, &both.from, own_colours(from, old_string)),
        std::tuple(&to, &both.to, own_colours(to, new_string))}) {
    types->colours = own;
    for (int round = 0; round < k_rounds; ++round)
      refine(*view, own, *types);
  }
  return both;
}

std::vector<std::uint64_t> lenient_colours(const BtfView& from, const StringMap& strings) {
  const auto string_id = [&](std::uint32_t offset) { return strings.common_id(offset); };
  const auto own = own_colours(from, string_id);
  TypeColours types{own, std::vector<std::uint64_t>(own.size(), 0)};
  for (std::uint32_t id = 1; id < from.type_count(); ++id)
    if (const BtfType type = from.type(id); has_tag(type))
      types.anchors[id] = type_key(type, string_id) | 1; // never 0
  for (int round = 0; round < k_lenient_rounds; ++round)
    refine(from, own, types);
  // an enum without values stands for any enum of its name
  for (std::uint32_t id = 1; id < from.type_count(); ++id)
    if (types.anchors[id] != 0 && is_enumeration(from.type(id).kind()))
      types.colours[id] = types.anchors[id];
  return std::move(types.colours);
}

} // namespace kbtf
