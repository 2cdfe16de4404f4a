// SPDX-License-Identifier: GPL-2.0-only
// Loops and order of btf_check_all_types (kernel/bpf/btf.c), with a stack on the heap instead of
// the kernel's 32 levels. A type "holds" the types that it consists of: a modifier or variable one
// type, an array its element and index, a struct its members. Pointers hold nothing.
#include "daemon/btf/btf_check_parts.hpp"

#include <cstring>

namespace kbtf {
namespace {

enum class State : std::uint8_t { fresh, open, done };

std::uint32_t held_count(const BtfType& type) {
  if (is_modifier(type.kind()) || type.kind() == kind_var)
    return 1;
  if (type.kind() == kind_array)
    return 2;
  return is_composite(type.kind()) ? type.vlen() : 0;
}

std::uint32_t held(const BtfType& type, std::uint32_t i) {
  if (type.kind() == kind_array)
    return type.word(i);
  return is_composite(type.kind()) ? type.word(i * 3 + 1) : type.size_or_type;
}

std::uint32_t find_pointer_size(const BtfView& view) {
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id) {
    const BtfType type = view.type(id);
    if (type.kind() != kind_int || (type.size_or_type != 4 && type.size_or_type != 8))
      continue;
    // strcmp stops at the first difference: a hostile name may be megabytes long.
    const char* name = view.string(type.name);
    for (const char* wanted : {"long unsigned int", "long int", "unsigned long", "long"})
      if (std::strcmp(name, wanted) == 0)
        return type.size_or_type;
  }
  return 4;
}

// Depth first: resolves a type once all that it holds is resolved.
class Resolver {
public:
  Resolver(const BtfView& view, const ResolvedTypes* base) : m_view(view) {
    const std::uint32_t own = view.type_count() - view.first_id();
    m_resolved.base = base;
    m_resolved.first_id = view.first_id();
    m_resolved.pointer_size = base ? base->pointer_size : find_pointer_size(view);
    m_resolved.types.resize(own);
    m_states.resize(own, State::fresh);
  }

  [[nodiscard]] Status resolve_all() {
    for (std::uint32_t id = m_view.first_id(); id < m_view.type_count(); ++id)
      if (state(id) == State::fresh)
        if (auto ok = resolve_from(id); !ok)
          return ok;
    return Ok{};
  }
  [[nodiscard]] ResolvedTypes take() { return std::move(m_resolved); }

private:
  struct Frame {
    std::uint32_t id;
    std::uint32_t next; // index into what it holds
  };

  [[nodiscard]] State& state(std::uint32_t id) { return m_states[id - m_view.first_id()]; }

  void open(std::uint32_t id) {
    state(id) = State::open;
    m_stack.push_back({id, 0});
  }

  // Pushes the next unresolved type that the top of the stack holds. False if there is none.
  [[nodiscard]] Expected<bool> descend() {
    Frame& top = m_stack.back();
    const BtfType type = m_view.type(top.id);
    for (const std::uint32_t count = held_count(type); top.next < count;) {
      const std::uint32_t target = held(type, top.next++);
      if (target < m_view.first_id() || state(target) == State::done)
        continue;
      if (state(target) == State::open)
        return type_error(top.id, "contains itself by way of type id " + std::to_string(target));
      open(target);
      return true;
    }
    return false;
  }

  [[nodiscard]] Status resolve_from(std::uint32_t start) {
    open(start);
    while (!m_stack.empty()) {
      const auto descended = descend();
      if (!descended)
        return descended.forward_error();
      if (*descended)
        continue;
      const std::uint32_t id = m_stack.back().id;
      auto entry = resolve_one(m_view, m_resolved, id);
      if (!entry)
        return entry.forward_error();
      m_resolved.types[id - m_view.first_id()] = *entry;
      state(id) = State::done;
      m_stack.pop_back();
    }
    return Ok{};
  }

  const BtfView& m_view;
  ResolvedTypes m_resolved;
  std::vector<State> m_states;
  std::vector<Frame> m_stack;
};

} // namespace

ResolvedType ResolvedTypes::of(std::uint32_t id) const {
  if (id == 0)
    return {};
  const ResolvedTypes* layer = this;
  while (id < layer->first_id)
    layer = layer->base;
  return layer->types[id - layer->first_id];
}

Expected<ResolvedTypes> resolve_types(const BtfView& view, const ResolvedTypes* base) {
  Resolver resolver(view, base);
  if (auto ok = resolver.resolve_all(); !ok)
    return ok.forward_error();
  return resolver.take();
}

// Each type leads to at most one other here. Walks are numbered: reaching a type of the same walk
// is a loop, reaching one of an older walk is a chain known to end.
Status check_pointer_chains(const BtfView& view) {
  const std::uint32_t first = view.first_id();
  std::vector<std::uint32_t> walks(view.type_count() - first, 0);
  for (std::uint32_t start = first; start < view.type_count(); ++start) {
    const std::uint32_t walk = start - first + 1;
    for (std::uint32_t id = start; id >= first;) {
      const BtfType type = view.type(id);
      if (type.kind() != kind_ptr && !is_modifier(type.kind()))
        break;
      std::uint32_t& seen = walks[id - first];
      if (seen == walk)
        return type_error(start, "a loop of pointers by way of type id " + std::to_string(id));
      if (seen != 0)
        break;
      seen = walk;
      id = type.size_or_type;
    }
  }
  return Ok{};
}

} // namespace kbtf
