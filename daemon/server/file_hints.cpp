// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/file_hints.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {

void FileHints::on_change(const std::string& path) {
  if (m_trees.uses_base(path))
    return on_base(path);
  const ModuleRecord* record = m_ground.records.find(path);
  if (record && record->state == ModuleState::finished && !m_steps.is_active(path) &&
      record->has_content())
    on_module(*record);
}

void FileHints::on_base(const std::string& path) {
  m_ground.offload([this, path] { return m_ground.hashes.part(path, ".BTF", hash_base_btf); },
                   [this, path](const Expected<StampedHash>& hashed) {
                     if (!hashed)
                       return spdlog::debug("{}: {}", path, hashed.error().text);
                     for (const auto& [name, tree] : m_trees.all())
                       if (tree.base_path == path && tree.why_stock.empty())
                         renumber_tree(tree, hashed->hash);
                   });
}

void FileHints::renumber_tree(const TreeRecord& tree, const ContentHash& base) {
  m_ground.offload(
      [tree, state_dir = m_ground.places.state_dir] {
        return find_distrust(state_dir, tree.key.tools) ? std::vector<std::string>()
                                                        : modules_of_tree(tree);
      },
      [this, tree, base](const Expected<std::vector<std::string>>& names) {
        std::vector<RenumberTask> tasks;
        for (const auto& name : names ? *names : std::vector<std::string>()) {
          const ModuleRecord* record = m_ground.records.find(absolute_path(tree.cwd, name));
          if (!record || record->key.base == base || record->key.tools != tree.key.tools ||
              !m_batches.can_renumber(*record))
            continue;
          if (auto task = m_batches.task_for(*record, record->stamp))
            tasks.push_back(*std::move(task));
        }
        if (!tasks.empty())
          m_batches.renumber(base, tree.base_path, std::move(tasks), [](const RenumberResults&) {});
      });
}

void FileHints::on_module(const ModuleRecord& record) {
  m_ground.offload(
      [ko = record.ko, recorded = record.stamp]() -> Expected<ModuleContent> {
        auto stamp = stamp_of(ko);
        if (stamp && *stamp == recorded)
          return unexpected(ErrorKind::not_found, "as recorded"); // our own write
        return read_module_content(ko);
      },
      [this, ko = record.ko, recorded = record.stamp](const Expected<ModuleContent>& content) {
        const ModuleRecord* now = m_ground.records.find(ko);
        if (!content || !now || !(now->stamp == recorded) || now->rest != content->rest ||
            now->btf != content->btf)
          return;
        ModuleRecord refreshed = *now;
        refreshed.stamp = content->stamp;
        refreshed.is_settled = false; // it was just written
        m_ground.records.put(std::move(refreshed));
      });
}

} // namespace kbtf
