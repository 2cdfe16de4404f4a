// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/profile.hpp"

#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/renumber/big_stack.hpp"
#include "daemon/renumber/btf_words.hpp"
#include "daemon/renumber/possible_uses.hpp"
#include "daemon/renumber/string_map.hpp"
#include "daemon/renumber/type_key.hpp"

#include <algorithm>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <optional>
#include <string_view>
#include <unordered_set>

namespace kbtf {
namespace {

struct FreeBtf {
  void operator()(btf* object) const { ::btf__free(object); }
};
using BtfHandle = std::unique_ptr<btf, FreeBtf>;

Unexpected differs(const std::string& what) {
  return unexpected(ErrorKind::unsupported,
                    "the full BTF does not deduplicate to the module's own: " + what);
}

std::string_view text(const char* string) {
  return string ? string : "";
}

// Whether this program's libbpf might misread it: before 1.7 it reads only 16 bits of vlen, and
// knows no layout section.
bool is_newer_format(const BtfView& view) {
  if (!view.layout().empty())
    return true;
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id)
    if (view.type(id).vlen() > k_btf_old_max_vlen)
      return true;
  return false;
}

std::vector<std::byte> raw_bytes(const btf* object) {
  std::uint32_t size = 0;
  const void* data = ::btf__raw_data(object, &size);
  if (!data)
    return {};
  const auto* begin = static_cast<const std::byte*>(data);
  return {begin, begin + size};
}

// What deduplication made of a module: its split types, followed by the markers.
struct Deduplicated {
  std::vector<std::byte> bytes;
  std::uint32_t markers = 0; // one per type of the full BTF, in their order
};

std::optional<Deduplicated> deduplicate(btf* base, std::span<const std::byte> full) {
  const BtfHandle module(::btf__new(full.data(), static_cast<std::uint32_t>(full.size())));
  const BtfHandle split(::btf__new_empty_split(base));
  if (!module || !split)
    return std::nullopt;
  const int first = ::btf__add_btf(split.get(), module.get());
  if (first < 0)
    return std::nullopt;
  Deduplicated result;
  result.markers = ::btf__type_cnt(module.get()) - 1;
  for (std::uint32_t i = 0; i < result.markers; ++i)
    if (::btf__add_var(split.get(), "marker", var_static, first + static_cast<int>(i)) < 0)
      return std::nullopt;
  if (::btf__dedup(split.get(), nullptr) != 0)
    return std::nullopt;
  result.bytes = raw_bytes(split.get());
  return result;
}

// Structs, unions, enums and forward declarations with a name.
std::uint32_t names_in(const BtfView& view) {
  std::uint32_t count = 0;
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id)
    if (has_tag(view.type(id)))
      ++count;
  return count;
}

// Whether two types on the same base are equal, ids by number and strings by content.
bool equal(const BtfView& a_view, std::uint32_t id, const BtfView& b_view) {
  const auto agree = [&](const Word& word, std::uint32_t there) {
    return word.role == WordRole::string
               ? text(a_view.string(word.value)) == text(b_view.string(there))
               : word.value == there;
  };
  return all_words_agree(a_view.type(id), b_view.type(id), agree);
}

} // namespace

struct Profiler::State {
  std::shared_ptr<const BtfBase> base;
  StringMap strings; // of the base
  BtfHandle object;  // the base in libbpf's form; none if libbpf might misread it

  [[nodiscard]] Status check_strings(const BtfView& split) const;
  [[nodiscard]] Expected<std::optional<BaseUses>>
  read_markers(const Deduplicated& result, const BtfView& full, const BtfView& split) const;
  [[nodiscard]] Expected<std::optional<BaseUses>>
  exact_uses(std::span<const std::byte> bytes, const BtfView& full, const BtfView& split) const;
  [[nodiscard]] std::unordered_set<std::uint32_t>
  shown_strings(const std::vector<std::uint32_t>& uses, const std::vector<std::uint32_t>& names,
                const BtfView& split) const;
  [[nodiscard]] Expected<std::vector<std::uint32_t>>
  hidden_strings(const BtfView& full, const BtfView& split,
                 const std::unordered_set<std::uint32_t>& shown) const;
};

// In libbpf's split BTF a string occurs only once, and only if the base lacks it.
Status Profiler::State::check_strings(const BtfView& split) const {
  std::unordered_set<std::string_view> seen;
  Status status = Ok{};
  for_each_own_string(split, [&](std::uint32_t, std::string_view string) {
    if (!seen.insert(string).second || strings.find(string) != StringMap::k_none)
      status = unexpected(ErrorKind::unsupported,
                          "string \"" + std::string(string) + "\" is there twice");
  });
  return status;
}

// Offsets of the base's strings that types refer to: the module's own types, and the types that it
// uses (only the name, if the module has a forward declaration).
std::unordered_set<std::uint32_t>
Profiler::State::shown_strings(const std::vector<std::uint32_t>& uses,
                               const std::vector<std::uint32_t>& names,
                               const BtfView& split) const {
  std::unordered_set<std::uint32_t> shown;
  const auto add = [&shown](const BtfType& type) {
    for_each_word(type, [&shown](const Word& word) {
      if (word.role == WordRole::string)
        shown.insert(word.value);
    });
  };
  for (const std::uint32_t id : uses)
    add(base->parts().view.type(id));
  for (const std::uint32_t id : names)
    shown.insert(base->parts().view.type(id).name);
  for (std::uint32_t id = split.first_id(); id < split.type_count(); ++id)
    add(split.type(id));
  return shown;
}

// Of the strings that pahole wrote for the module, those that the base has and that are not shown,
// ascending. The rest must be the split's, all of which pahole wrote.
Expected<std::vector<std::uint32_t>>
Profiler::State::hidden_strings(const BtfView& full, const BtfView& split,
                                const std::unordered_set<std::uint32_t>& shown) const {
  std::unordered_set<std::string_view> own;
  for_each_own_string(split,
                      [&own](std::uint32_t, std::string_view string) { own.insert(string); });
  std::vector<std::uint32_t> hidden;
  Status status = Ok{};
  for_each_own_string(full, [&](std::uint32_t, std::string_view string) {
    const std::uint32_t at = strings.find(string);
    if (at == StringMap::k_none && own.erase(string) == 0)
      status = differs("string \"" + std::string(string) + "\"");
    else if (at != StringMap::k_none && !string.empty() && !shown.contains(at))
      hidden.push_back(at);
  });
  if (!status)
    return status.forward_error();
  if (!own.empty())
    return differs("string \"" + std::string(*own.begin()) + "\"");
  std::sort(hidden.begin(), hidden.end());
  return hidden;
}

// Nothing if the types differ from the split's.
Expected<std::optional<BaseUses>> Profiler::State::read_markers(const Deduplicated& result,
                                                                const BtfView& full,
                                                                const BtfView& split) const {
  const BtfView& below = base->parts().view;
  auto made = BtfView::parse(result.bytes, &below);
  if (!made)
    return made.forward_error();
  if (made->type_count() < result.markers ||
      made->type_count() - result.markers != split.type_count())
    return std::optional<BaseUses>();
  for (std::uint32_t id = split.first_id(); id < split.type_count(); ++id)
    if (!equal(split, id, *made))
      return std::optional<BaseUses>();
  BaseUses uses;
  for (std::uint32_t i = 0; i < result.markers; ++i) {
    const BtfType marker = made->type(split.type_count() + i);
    if (marker.kind() != kind_var)
      return differs("a marker is lost");
    if (marker.size_or_type != 0 && marker.size_or_type < below.type_count())
      (full.type(i + 1).kind() == kind_fwd ? uses.names : uses.uses).push_back(marker.size_or_type);
  }
  for (auto* ids : {&uses.uses, &uses.names}) {
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  }
  return std::optional(std::move(uses));
}

Expected<std::optional<BaseUses>> Profiler::State::exact_uses(std::span<const std::byte> bytes,
                                                              const BtfView& full,
                                                              const BtfView& split) const {
  std::optional<Deduplicated> result;
  if (auto ran = run_on_big_stack([&] { result = deduplicate(object.get(), bytes); }); !ran)
    return ran.forward_error();
  if (!result)
    return unexpected(ErrorKind::unsupported, "libbpf cannot deduplicate the full BTF");
  return read_markers(*result, full, split);
}

Profiler::Profiler(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Profiler::Profiler(Profiler&& other) noexcept = default;
Profiler& Profiler::operator=(Profiler&& other) noexcept = default;
Profiler::~Profiler() = default;

Expected<Profiler> Profiler::make(std::shared_ptr<const BtfBase> base) {
  static const auto silenced = ::libbpf_set_print(nullptr); // process-wide; errors are values here
  (void)silenced;
  auto strings = StringMap::make(base->parts().view, base->parts().view);
  if (!strings)
    return strings.forward_error();
  const auto& bytes = base->parts().bytes;
  BtfHandle object;
  if (!is_newer_format(base->parts().view)) {
    object.reset(::btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
    if (!object)
      return unexpected(ErrorKind::unsupported, "libbpf does not take the base BTF");
  }
  return Profiler(
      std::make_unique<State>(State{std::move(base), *std::move(strings), std::move(object)}));
}

Expected<Profile> Profiler::profile(std::span<const std::byte> full,
                                    std::span<const std::byte> split, UsesFrom from) {
  if (auto checked = check_split_btf(nullptr, full); !checked)
    return checked.forward_error();
  if (auto checked = check_split_btf(m_state->base.get(), split); !checked)
    return checked.forward_error();
  const BtfView& below = m_state->base->parts().view;
  const auto view = BtfView::parse(full);
  const auto real = BtfView::parse(split, &below);
  for (std::uint32_t id = 1; id < view->type_count(); ++id)
    if (is_nameless_forward(view->type(id)))
      return unexpected(ErrorKind::unsupported, "a forward declaration without a name");
  if (auto checked = m_state->check_strings(*real); !checked)
    return checked.forward_error();
  std::optional<BaseUses> uses;
  if (from == UsesFrom::deduplication && m_state->object && !is_newer_format(*view) &&
      !is_newer_format(*real)) {
    auto exact = m_state->exact_uses(full, *view, *real);
    if (!exact)
      return exact.forward_error();
    uses = *std::move(exact);
  }
  if (!uses) {
    auto possible =
        possible_uses(below, m_state->strings, *view, *real, from == UsesFrom::resolve_btfids);
    if (!possible)
      return possible.forward_error();
    uses = *std::move(possible);
  }
  std::vector<std::uint32_t> hidden;
  if (from != UsesFrom::resolve_btfids) { // resolve_btfids leaves none
    auto found = m_state->hidden_strings(*view, *real,
                                         m_state->shown_strings(uses->uses, uses->names, *real));
    if (!found)
      return found.forward_error();
    hidden = *std::move(found);
  }
  // An upper bound. Counts types of the split; forward declarations that have been resolved since,
  // to a type that is then one of the full BTF's (a name can be declared as a struct and as a
  // union); and what resolve_btfids since Linux 7.0, which deduplicates again, has made of pahole's
  // types.
  const std::uint32_t entries =
      real->type_count() - real->first_id() + view->type_count() + 2 * names_in(*view);
  return Profile(hash_bytes(split), uses->uses, uses->names, hidden, entries);
}

} // namespace kbtf
