// SPDX-License-Identifier: GPL-2.0-only
// Test helper: BTF as a list of types that refer to each other by handle, so that types can be
// added, removed, changed and moved, and written as BTF again with ids and string offsets given
// out anew in order, as a new link of vmlinux does. Knows the format's layout only.
#pragma once

#include "daemon/renumber/btf_words.hpp"

#include <algorithm>
#include <cstring>
#include <linux/btf.h>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kbtf::test {

struct ModelWord {
  WordRole role;
  std::uint32_t value; // a handle where the role is type_id, an index into strings for strings
};
using ModelType = std::vector<ModelWord>; // name, info, size or type, then what stands behind

class BaseModel {
public:
  using Handle = std::uint32_t; // 0 is void

  BaseModel() : m_types(1) {}
  // Handles are the ids of `bytes` at first.
  explicit BaseModel(std::span<const std::byte> bytes) : BaseModel() {
    const auto parsed = BtfView::parse(bytes);
    if (!parsed)
      throw std::runtime_error(parsed.error().text);
    for (Handle id = 1; id < parsed->type_count(); ++id) {
      ModelType type;
      for_each_word(parsed->type(id), [&](const Word& word) {
        const bool is_string = word.role == WordRole::string;
        type.push_back({word.role, is_string ? string(parsed->string(word.value)) : word.value});
      });
      m_types.push_back(std::move(type));
      m_order.push_back(id);
    }
  }

  [[nodiscard]] std::uint32_t string(const std::string& text) {
    const auto [at, is_new] = m_index.emplace(text, static_cast<std::uint32_t>(m_strings.size()));
    if (is_new)
      m_strings.push_back(text);
    return at->second;
  }
  [[nodiscard]] const std::string& text(std::uint32_t index) const { return m_strings[index]; }

  [[nodiscard]] std::vector<Handle>& order() { return m_order; }
  [[nodiscard]] const std::vector<Handle>& order() const { return m_order; }
  [[nodiscard]] ModelType& type(Handle handle) { return m_types[handle]; }
  [[nodiscard]] const ModelType& type(Handle handle) const { return m_types[handle]; }
  [[nodiscard]] std::uint32_t kind(Handle handle) const {
    return info_kind(m_types[handle][1].value);
  }
  [[nodiscard]] std::uint32_t vlen(Handle handle) const {
    return info_vlen(m_types[handle][1].value);
  }
  [[nodiscard]] const std::string& name(Handle handle) const {
    return text(m_types[handle][0].value);
  }

  // Adds a type before the one at `position` of the order.
  Handle insert(std::size_t position, ModelType type) {
    const auto handle = static_cast<Handle>(m_types.size());
    m_types.push_back(std::move(type));
    m_order.insert(m_order.begin() + static_cast<std::ptrdiff_t>(position), handle);
    return handle;
  }
  Handle append(std::uint32_t kind, const std::string& name, std::uint32_t size_or_type,
                std::uint32_t vlen = 0) {
    return insert(m_order.size(), kind, name, size_or_type, vlen);
  }
  Handle insert(std::size_t position, std::uint32_t kind, const std::string& name,
                std::uint32_t size_or_type, std::uint32_t vlen = 0) {
    const WordRole role = holds_type_id(kind) ? WordRole::type_id : WordRole::value;
    return insert(position, {{WordRole::string, string(name)},
                             {WordRole::value, kind << 24 | vlen},
                             {role, size_or_type}});
  }
  Handle insert_struct(std::size_t position, const std::string& name,
                       const std::vector<std::pair<std::string, Handle>>& members) {
    const Handle made = insert(position, BTF_KIND_STRUCT, name, 0);
    for (const auto& [member, of] : members)
      add_member(made, member, of);
    return made;
  }
  // A member of 8 bytes at the end of a struct.
  void add_member(Handle handle, const std::string& name, Handle of) {
    ModelType& to = m_types[handle];
    const std::uint32_t offset = to[2].value * 8;
    to[1].value += 1;
    to[2].value += 8;
    to.push_back({WordRole::string, string(name)});
    to.push_back({WordRole::type_id, of});
    to.push_back({WordRole::value, offset});
  }

  // `handles` and everything that refers to them, directly or not.
  [[nodiscard]] std::vector<bool> users_of(const std::vector<Handle>& handles) const {
    std::vector<bool> marked(m_types.size(), false);
    for (const Handle handle : handles)
      marked[handle] = true;
    for (bool more = true; more;) {
      more = false;
      for (const Handle handle : m_order)
        if (!marked[handle] && refers_to(handle, marked))
          marked[handle] = more = true;
    }
    return marked;
  }
  // Removes what users_of() says; returns how many types that were.
  std::size_t erase(const std::vector<Handle>& handles) {
    const auto marked = users_of(handles);
    const auto keep = [&](Handle handle) { return marked[handle]; };
    const auto end = std::remove_if(m_order.begin(), m_order.end(), keep);
    const auto count = static_cast<std::size_t>(m_order.end() - end);
    m_order.erase(end, m_order.end());
    return count;
  }

  [[nodiscard]] std::vector<std::byte> bytes() const;

private:
  [[nodiscard]] bool refers_to(Handle handle, const std::vector<bool>& marked) const {
    const ModelType& words = m_types[handle];
    return std::any_of(words.begin(), words.end(), [&](const ModelWord& word) {
      return word.role == WordRole::type_id && marked[word.value];
    });
  }

  std::vector<ModelType> m_types;
  std::vector<Handle> m_order;
  std::vector<std::string> m_strings;
  std::unordered_map<std::string, std::uint32_t> m_index;
};

inline std::vector<std::byte> BaseModel::bytes() const {
  std::vector<std::uint32_t> ids(m_types.size(), 0);
  for (std::size_t i = 0; i < m_order.size(); ++i)
    ids[m_order[i]] = static_cast<std::uint32_t>(i + 1);
  std::vector<std::uint32_t> offsets(m_strings.size(), 0xffffffff);
  std::string strings(1, '\0');
  if (const auto empty = m_index.find(""); empty != m_index.end())
    offsets[empty->second] = 0;
  std::vector<std::uint32_t> words;
  for (const Handle handle : m_order)
    for (const ModelWord& word : m_types[handle]) {
      std::uint32_t value = word.value;
      if (word.role == WordRole::type_id) {
        value = ids[word.value];
        if (value == 0 && word.value != 0)
          throw std::runtime_error("reference to a type that was removed");
      } else if (word.role == WordRole::string) {
        std::uint32_t& offset = offsets[word.value];
        if (offset == 0xffffffff) {
          offset = static_cast<std::uint32_t>(strings.size());
          strings += m_strings[word.value] + '\0';
        }
        value = offset;
      }
      words.push_back(value);
    }
  const auto type_len = static_cast<std::uint32_t>(words.size() * 4);
  BtfHeader header{};
  header.magic = k_btf_magic;
  header.version = k_btf_version;
  header.hdr_len = k_short_btf_header;
  header.type_len = header.str_off = type_len;
  header.str_len = static_cast<std::uint32_t>(strings.size());
  std::vector<std::byte> out(header.hdr_len + type_len + strings.size());
  std::memcpy(out.data(), &header, header.hdr_len);
  std::memcpy(out.data() + header.hdr_len, words.data(), type_len);
  std::memcpy(out.data() + header.hdr_len + type_len, strings.data(), strings.size());
  return out;
}

} // namespace kbtf::test
