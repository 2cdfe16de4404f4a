// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/base_changes.hpp"

#include <random>

namespace kbtf::bench {
namespace {

using test::BaseModel;
using Handle = BaseModel::Handle;

// Struct, pointer, prototype and function, as a new file's first function brings them.
void add_function(BaseModel& base, std::size_t position, const std::string& stem) {
  const Handle first = base.order().front();
  const Handle made =
      base.insert_struct(position, stem + "_type", {{"first", first}, {"second", first}});
  const Handle pointer = base.insert(position + 1, BTF_KIND_PTR, "", made);
  const Handle proto = base.insert(position + 2, BTF_KIND_FUNC_PROTO, "", first);
  base.type(proto)[1].value += 1;
  base.type(proto).push_back({WordRole::string, base.string("argument")});
  base.type(proto).push_back({WordRole::type_id, pointer});
  base.insert(position + 3, BTF_KIND_FUNC, stem + "_function", proto);
}

Handle find(const BaseModel& base, std::uint32_t kind, const std::string& name) {
  for (const Handle handle : base.order())
    if (base.kind(handle) == kind && base.name(handle) == name)
      return handle;
  return 0;
}

std::size_t user_count(const BaseModel& base, Handle handle) {
  const auto marked = base.users_of({handle});
  return static_cast<std::size_t>(std::count(marked.begin(), marked.end(), true));
}

// By handle: types that others contain, so that they cannot grow alone.
std::vector<bool> contained_types(const BaseModel& base) {
  std::vector<bool> contained(base.order().size() + 1, false);
  for (const Handle handle : base.order())
    if (base.kind(handle) != BTF_KIND_PTR)
      for (const test::ModelWord& word : base.type(handle))
        if (word.role == WordRole::type_id)
          contained[word.value] = true;
  return contained;
}

// A named struct that at most 3 % of the modules use, and the more the better.
Handle rarely_used_struct(const BaseModel& base, const Usage& usage) {
  const auto contained = contained_types(base);
  Handle best = 0;
  std::size_t most = 0;
  for (const auto& [id, modules] : usage.types)
    if (modules > most && modules * 33 <= usage.modules + 33 && !contained[id] &&
        base.kind(id) == BTF_KIND_STRUCT && !base.name(id).empty()) {
      best = id;
      most = modules;
    }
  return best;
}

void add_member_to_rare(BaseModel& base, const Usage& usage) {
  if (const Handle rare = rarely_used_struct(base, usage); rare != 0)
    base.add_member(rare, "kbtf_member", base.order().front());
}

void add_member_to_common(BaseModel& base, const Usage&) {
  base.add_member(find(base, BTF_KIND_STRUCT, "task_struct"), "kbtf_member", base.order().front());
}

// A struct with few users, in the middle.
void remove_type(BaseModel& base, const Usage&) {
  const auto order = base.order();
  for (std::size_t i = order.size() / 2; i < order.size(); ++i)
    if (base.kind(order[i]) == BTF_KIND_STRUCT && !base.name(order[i]).empty())
      if (const std::size_t users = user_count(base, order[i]); users > 2 && users < 20) {
        base.erase({order[i]});
        return;
      }
}

void remove_functions(BaseModel& base, const Usage&) {
  std::vector<Handle> gone;
  for (std::size_t i = 0; i < base.order().size(); i += 1001)
    for (std::size_t j = i; j < std::min(i + 1001, base.order().size()); ++j)
      if (const Handle handle = base.order()[j]; base.kind(handle) == BTF_KIND_FUNC) {
        gone.push_back(handle);
        break;
      }
  base.erase(gone);
}

void take_module_strings(BaseModel& base, const Usage& usage) {
  const std::size_t step = std::max<std::size_t>(usage.own_strings.size() / 500, 1);
  const Handle made = base.insert_struct(base.order().size() / 3, "kbtf_strings", {});
  for (std::size_t i = 0; i < usage.own_strings.size(); i += step)
    base.add_member(made, usage.own_strings[i], base.order().front());
}

// Removes functions whose names or parameters modules use as strings, too.
void lose_strings(BaseModel& base, const Usage& usage) {
  std::map<std::uint32_t, std::size_t> count;
  for (const Handle handle : base.order())
    for (const test::ModelWord& word : base.type(handle))
      if (word.role == WordRole::string)
        ++count[word.value];
  std::vector<Handle> gone;
  for (const Handle handle : base.order())
    if (base.kind(handle) == BTF_KIND_FUNC && count[base.type(handle)[0].value] == 1 &&
        usage.shared_strings.count(base.name(handle)) != 0 && gone.size() < 5)
      gone.push_back(handle);
  base.erase(gone);
}

// What another link order does: blocks of 1,000 types change places.
void reorder(BaseModel& base, const Usage&) {
  constexpr std::size_t k_block = 1000;
  auto& order = base.order();
  for (std::size_t at = 0; at + 2 * k_block <= order.size(); at += 2 * k_block) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(at);
    std::rotate(begin, begin + k_block, begin + 2 * k_block);
  }
}

void shuffle(BaseModel& base, const Usage&) {
  std::shuffle(base.order().begin(), base.order().end(), std::mt19937(1));
}

// Second structs of a name, some of the same members with other types, some with one more.
void add_duplicates(BaseModel& base, const Usage&) {
  const Handle number = base.order().front();
  const Handle pointer = find(base, BTF_KIND_PTR, "");
  std::vector<Handle> originals;
  for (std::size_t i = 5000; i < base.order().size(); i += 10000)
    for (std::size_t j = i; j < base.order().size(); ++j)
      if (const Handle handle = base.order()[j]; base.kind(handle) == BTF_KIND_STRUCT &&
                                                 !base.name(handle).empty() &&
                                                 base.vlen(handle) > 1) {
        originals.push_back(handle);
        break;
      }
  for (std::size_t i = 0; i < originals.size(); ++i) {
    test::ModelType copy = base.type(originals[i]);
    copy[4].value = copy[4].value == number ? pointer : number; // the first member's type
    const Handle made = base.insert(base.order().size(), std::move(copy));
    if (i % 2 == 1)
      base.add_member(made, "kbtf_member", base.order().front());
  }
}

// The length of linux_banner, an array of char: one array and one const more.
void change_banner(BaseModel& base, const Usage&) {
  const Handle character = find(base, BTF_KIND_INT, "char");
  const Handle array = base.insert(base.order().size() / 2, BTF_KIND_ARRAY, "", 0);
  base.type(array).push_back({WordRole::type_id, character});
  base.type(array).push_back({WordRole::type_id, base.order().front()});
  base.type(array).push_back({WordRole::value, 231});
  base.insert(base.order().size() / 2 + 1, BTF_KIND_CONST, "", array);
}

} // namespace

std::vector<BaseChange> base_changes() {
  return {
      {"nothing", [](BaseModel&, const Usage&) {}},
      {"longer linux_banner", change_banner},
      {"type added early",
       [](BaseModel& base, const Usage&) { add_function(base, 10, "kbtf_early"); }},
      {"type added in the middle",
       [](BaseModel& base, const Usage&) {
         add_function(base, base.order().size() / 3, "kbtf_middle");
       }},
      {"type added at the end",
       [](BaseModel& base, const Usage&) { add_function(base, base.order().size(), "kbtf_end"); }},
      {"member added, few use it", add_member_to_rare},
      {"member added to task_struct", add_member_to_common},
      {"type removed", remove_type},
      {"functions removed", remove_functions},
      {"module strings now in base", take_module_strings},
      {"base strings gone", lose_strings},
      {"types reordered in blocks", reorder},
      {"types shuffled", shuffle},
      {"duplicates added", add_duplicates}};
}

} // namespace kbtf::bench
