// SPDX-License-Identifier: GPL-2.0-only
// Facts about files, by name, each with the stamp that the file had then. Bounded: evicts the least
// recently used. Reads no file itself. Not thread-safe.
#pragma once

#include "daemon/model/file_stamp.hpp"

#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace kbtf {

template <typename Value> class StampCache {
public:
  explicit StampCache(std::size_t limit) : m_limit(limit) {}

  // Null if nothing is stored, or only for another stamp. Valid until the next call.
  [[nodiscard]] const Value* find(const std::string& name, const FileStamp& stamp) {
    const auto it = m_index.find(name);
    if (it == m_index.end() || !(it->second->stamp == stamp))
      return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, it->second);
    return &it->second->value;
  }

  void put(const std::string& name, const FileStamp& stamp, Value value) {
    if (const auto it = m_index.find(name); it != m_index.end())
      m_entries.erase(it->second);
    m_entries.push_front({name, stamp, std::move(value)});
    m_index[name] = m_entries.begin();
    if (m_entries.size() > m_limit) {
      m_index.erase(m_entries.back().name);
      m_entries.pop_back();
    }
  }

  [[nodiscard]] std::size_t size() const { return m_entries.size(); }

private:
  struct Entry {
    std::string name;
    FileStamp stamp;
    Value value;
  };
  std::size_t m_limit;
  std::list<Entry> m_entries; // most recently used first
  std::unordered_map<std::string, typename std::list<Entry>::iterator> m_index;
};

} // namespace kbtf
