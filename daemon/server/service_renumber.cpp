// SPDX-License-Identifier: GPL-2.0-only
// Service: renumbering. Worked out in memory when the base changes, or at the plan; written at the
// end of the stage, when make has compared all time stamps that it wants to compare.
//
// Nothing is written before the records say `renumbering` on the disk, and no record says
// `finished` on the disk before the bytes are there: whatever happens in between, the next plan
// reads the module whole and believes its content alone.
#include "daemon/server/service.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/server/parallel.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"
#include "util/old_time.hpp"

#include <spdlog/spdlog.h>

namespace kbtf {

// One stage_end's writing.
struct Service::Ending {
  std::vector<std::string> names;    // as make spells them
  std::vector<ModuleRecord> records; // as they will be
  std::vector<OverwriteTarget> targets;
  std::vector<std::shared_ptr<const RenumberedModule>> made;
  // Of each: whether an input of its link has changed since make compared it with the module.
  std::vector<std::function<std::string()>> changed;
  std::vector<Expected<Overwritten>> written;
  std::string again; // why not all that was promised is here
  std::function<void(StageEndReply)> then;
};

namespace {

// The file that the record is of.
OverwriteTarget target_of(const ModuleRecord& record) {
  const auto confirm = [ko = record.ko, rest = record.rest,
                        btf = record.btf](const FileStamp& now) {
    const auto content = read_module_content(ko);
    return content && content->rest == rest && content->btf == btf && content->stamp == now;
  };
  return {record.ko, record.stamp, record.is_settled, confirm};
}

} // namespace

std::optional<RenumberTask> Service::renumber_task(const ModuleRecord& record,
                                                   const FileStamp& stamp) {
  if (record.state != ModuleState::finished || !record.has_content() ||
      !m_records.has_profile(record) || !m_bases.has(record.key.base))
    return std::nullopt;
  auto profile = m_records.profile(record.ko);
  if (!profile)
    return std::nullopt;
  return RenumberTask{record.ko, stamp, *std::move(profile)};
}

// vmlinux is new: whatever make will ask for can be worked out now.
void Service::prepare_renumbering(const std::string& base_path, const ContentHash& base) {
  for (const auto& [tree, info] : m_last_stages) {
    const ContentHash tools = ContentHash::from_hex(info.tool_key);
    if (info.base != base_path || !info.why_stock.empty() ||
        find_distrust(m_places.state_dir, tools))
      continue;
    std::vector<RenumberTask> tasks;
    for (const auto& module : modules_in(info))
      if (module.record && module.record->key.base != base && module.record->key.tools == tools)
        if (auto task = renumber_task(*module.record, module.record->stamp))
          tasks.push_back(*std::move(task));
    if (!tasks.empty())
      m_renumberer.renumber(base, base_path, std::move(tasks), [](const Renumberer::Results&) {});
  }
}

// The module gets a new time, and must not get one that hides an object which make has not seen.
Expected<Overwritten> Service::write_one(const Ending& ending, std::size_t i, Overwrite how,
                                         const Wanted& wanted) {
  const OverwriteTarget& target = ending.targets[i];
  auto written = overwrite(target, ending.made[i]->parts, how, wanted);
  if (!written)
    return written;
  if (const std::string changed = ending.changed[i](); !changed.empty()) {
    static_cast<void>(set_old_time(target.path));
    return unexpected(ErrorKind::file_moved, changed + " changed while modules were built");
  }
  return written;
}

void Service::write_renumbered(const Stage& stage, std::function<bool()> wanted,
                               std::function<void(StageEndReply)> then) {
  if (stage.renumber.empty())
    return then({});
  if (auto holds = still_holds(*stage.facts); !holds) {
    StageEndReply failed;
    failed.again = holds.error().text + " while modules were built";
    return then(failed);
  }
  auto ending = std::make_shared<Ending>();
  ending->then = std::move(then);
  const auto link = std::make_shared<const LinkFiles>(stage.link);
  for (const auto& module : stage.facts->modules) {
    const std::string ko = step_path(stage, module);
    const auto it = stage.renumber.find(ko);
    if (it == stage.renumber.end())
      continue;
    const ModuleRecord* record = m_records.find(ko);
    const bool is_finished = record && record->state == ModuleState::finished;
    if (is_finished && record->key == stage.facts->key())
      continue; // another stage of this tree has done it
    if (!is_finished || !it->second) {
      ending->again = ko + ": another make has worked on it";
      continue;
    }
    ending->targets.push_back(target_of(*record));
    ModuleRecord next = *record;
    next.state = ModuleState::renumbering;
    next.key = stage.facts->key();
    next.btf = it->second->profile.key.btf;
    const Reason reason = plain_reason(ReasonCode::base_changed);
    next.reason_code = to_string(reason.code);
    next.reason = reason.text + ", renumbered";
    next.at = now_rfc3339();
    ending->names.push_back(as_make_spells(module));
    ending->records.push_back(std::move(next));
    ending->made.push_back(it->second);
    const auto same = stage.same_link.find(ko);
    if (same == stage.same_link.end())
      ending->changed.emplace_back(
          [link, name = as_make_spells(module), then = record->stamp.mtime_ns] {
            return newer_link_file(*link, name, then);
          });
    else
      ending->changed.emplace_back(
          [files = same->second] { return have_same_stamps(files) ? "" : "an object"; });
  }
  // Without the mark on the disk a module is only ever replaced as a whole.
  const auto how = m_records.put_all(ending->records, StateDb::Sync::now) ? Overwrite::in_place
                                                                          : Overwrite::by_copy;
  m_is_writing = true;
  const std::size_t count = ending->records.size();
  ending->written.resize(count, unexpected(ErrorKind::io, "not written"));
  for_each_on_pool(
      m_pool, m_threads, count,
      [ending, how, wanted = std::move(wanted)](std::size_t i) {
        ending->written[i] = write_one(*ending, i, how, wanted);
      },
      [this, ending] { boost::asio::post(m_loop, [this, ending] { take_written(ending); }); });
}

void Service::take_written(const std::shared_ptr<Ending>& ending) {
  StageEndReply answer;
  answer.again = std::move(ending->again);
  std::vector<ModuleRecord> done;
  auto profiles = std::make_shared<std::vector<StoredProfile>>();
  for (std::size_t i = 0; i < ending->records.size(); ++i) {
    ModuleRecord& record = ending->records[i];
    if (!ending->written[i]) {
      answer.again = ending->written[i].error().text;
      doubt(record.ko, "not renumbered: " + answer.again);
      continue;
    }
    record.state = ModuleState::finished;
    record.stamp = ending->written[i]->stamp;
    record.is_settled = ending->written[i]->is_settled;
    m_records.put_in_memory(record);
    m_without_profile[record.ko] = record.btf; // has one, stored below
    answer.renumbered.push_back(ending->names[i]);
    profiles->push_back(ending->made[i]->profile);
    done.push_back(std::move(record));
  }
  ending->then(std::move(answer));
  m_renumberer.forget();
  boost::asio::post(m_loop, [this, profiles] {
    m_records.put_profiles(*profiles);
    for (const auto& profile : *profiles)
      m_without_profile.erase(profile.ko);
  });
  sync_written(std::move(done));
  set_written();
}

void Service::sync_written(std::vector<ModuleRecord> records) {
  ++m_open_jobs;
  offload(
      [records = std::move(records)]() mutable {
        std::erase_if(records, [](const ModuleRecord& r) { return !sync_file(r.ko); });
        return std::move(records);
      },
      [this](Expected<std::vector<ModuleRecord>> synced) {
        --m_open_jobs;
        std::vector<ModuleRecord> safe;
        if (synced)
          safe = *std::move(synced);
        std::erase_if(safe, [this](const ModuleRecord& r) {
          const ModuleRecord* now = m_records.find(r.ko);
          return !now || now->state != ModuleState::finished || !(now->stamp == r.stamp);
        });
        m_records.put_all(safe, StateDb::Sync::later);
        answer_drains();
      });
}

} // namespace kbtf
