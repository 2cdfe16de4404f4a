// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/link_reuse.hpp"

#include "daemon/stage/recorded.hpp"
#include "util/old_time.hpp"

#include <fcntl.h>
#include <filesystem>
#include <optional>

namespace kbtf {
namespace {

struct Touch {
  ModuleRecord record; // with the new stamp once touched
  std::vector<ToolFile> files;
  bool is_touched = false;
  bool is_doubtful = false; // an object changed meanwhile
};

void touch_one(Touch& touch) {
  ModuleRecord& record = touch.record;
  auto fd = open_fd(record.ko, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const auto before = fd ? stamp_of(*fd, record.ko) : fd.forward_error();
  if (!before || !(*before == record.stamp))
    return;
  const auto time = set_present_time(*fd, record.ko);
  const auto stamp = stamp_of(*fd, record.ko);
  if (!time || !stamp)
    return;
  // Compiled again since make asked: the module must not be newer than that.
  if (!have_same_stamps(touch.files)) {
    static_cast<void>(set_old_time(*fd, record.ko));
    touch.is_doubtful = true;
    return;
  }
  record.stamp = *stamp;
  record.is_settled = record.is_settled && stamp->mtime_ns == *time;
  touch.is_touched = true;
}

} // namespace

void LinkReuse::ask(const Stage& stage, const std::string& ko, LinkSpec link,
                    std::function<void(bool)> then) {
  const ModuleRecord* record = m_ground.records.find(ko);
  // Without stage_end nobody would give the module its time stamp.
  if (!record || record->state != ModuleState::finished || !record->link.is_known() ||
      !stage.sends_stage_end)
    return then(false);
  m_ground.offload(
      [this, link = std::move(link), record = *record] {
        const auto now = stamp_of(record.ko);
        // make does not see a symbolic link's own time stamp.
        if (!now || std::filesystem::is_symlink(record.ko) ||
            !compare_with_record(record, *now).is_same)
          return std::vector<ToolFile>();
        auto key = link_key(link, m_ground.hashes);
        return key && key->key == record.link ? std::move(key->files) : std::vector<ToolFile>();
      },
      [this, id = stage.id, ko, then = std::move(then)](Expected<std::vector<ToolFile>> same) {
        const bool is_same = same && !same->empty();
        if (const auto asked = m_stages.find(id); asked && is_same)
          (*asked)->same_link.insert_or_assign(ko, *std::move(same));
        then(is_same);
      });
}

void LinkReuse::touch(const Stage& stage, std::function<void()> then) {
  std::vector<Touch> all;
  for (const auto& [ko, files] : stage.same_link) {
    const ModuleRecord* record = m_ground.records.find(ko);
    // Skip one that was renumbered in this stage, so newer already, or changed by somebody else.
    if (!stage.renumber.contains(ko) && record && record->state == ModuleState::finished)
      all.push_back({*record, files});
  }
  if (all.empty())
    return then();
  m_ground.offload(
      [all = std::move(all)]() mutable {
        for (auto& touch : all)
          touch_one(touch);
        return std::move(all);
      },
      [this, then = std::move(then)](Expected<std::vector<Touch>> done) {
        std::vector<ModuleRecord> touched;
        if (done)
          for (auto& touch : *done) {
            const ModuleRecord* now = m_ground.records.find(touch.record.ko);
            if (!now || now->state != ModuleState::finished || m_steps.is_active(touch.record.ko))
              continue; // another make is working on it
            if (touch.is_doubtful)
              m_steps.doubt(touch.record.ko, "an object changed while modules were built");
            else if (touch.is_touched)
              touched.push_back(std::move(touch.record));
          }
        m_ground.records.put_all(touched, StateDb::Sync::later);
        then();
      });
}

} // namespace kbtf
