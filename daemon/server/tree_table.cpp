// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/tree_table.hpp"

#include "daemon/model/time_text.hpp"

#include <algorithm>
#include <unistd.h>

namespace kbtf {

TreeTable::TreeTable(Records& records)
    : m_records(records), m_trees(trees_from_text(records.value(k_trees_value))),
      m_specs(specs_from_text(records.value(k_specs_value))) {
  forget_deleted();
}

void TreeTable::remember(TreeRecord tree) {
  tree.at = now_rfc3339();
  std::string name = tree.tree;
  m_trees.insert_or_assign(std::move(name), std::move(tree));
  forget_deleted();
  m_records.put_value(k_trees_value, trees_to_text(m_trees));
}

void TreeTable::remember(const StageSpec& spec) {
  const std::string before = specs_to_text(m_specs);
  m_specs.insert_or_assign(tree_of(spec.cwd, spec.modules_order), spec);
  const std::string now = specs_to_text(m_specs);
  if (now != before)
    m_records.put_value(k_specs_value, now);
}

void TreeTable::forget_deleted() {
  std::erase_if(m_trees, [](const auto& item) { return ::access(item.first.c_str(), F_OK) != 0; });
  std::erase_if(m_specs, [this](const auto& item) { return !m_trees.contains(item.first); });
}

const TreeRecord* TreeTable::find(const std::string& tree) const {
  const auto it = m_trees.find(tree);
  return it == m_trees.end() ? nullptr : &it->second;
}

const StageSpec* TreeTable::spec(const std::string& tree) const {
  const auto it = m_specs.find(tree);
  return it == m_specs.end() ? nullptr : &it->second;
}

const TreeRecord* TreeTable::holder_of(const std::string& path) const {
  const TreeRecord* holder = nullptr;
  for (const auto& [name, tree] : m_trees)
    if (path.starts_with(name + "/") && (!holder || name.size() > holder->tree.size()))
      holder = &tree;
  return holder;
}

bool TreeTable::uses_base(const std::string& path) const {
  return !path.empty() && std::ranges::any_of(m_trees, [&path](const auto& item) {
    return item.second.base_path == path;
  });
}

bool TreeTable::uses_tools(const ContentHash& key) const {
  return std::ranges::any_of(m_trees,
                             [&key](const auto& item) { return item.second.key.tools == key; });
}

} // namespace kbtf
