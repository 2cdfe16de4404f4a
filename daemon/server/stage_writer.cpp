// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/stage_writer.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/server/parallel.hpp"
#include "util/old_time.hpp"

namespace kbtf {
namespace {

// One module to write.
struct Target {
  std::string name;    // as make spells it
  ModuleRecord record; // as it will be
  OverwriteTarget file;
  std::shared_ptr<const RenumberedModule> made;
  // Names an input of its link that changed since make compared it with the module; "" if none has.
  std::function<std::string()> changed;
  Expected<Overwritten> written = unexpected(ErrorKind::io, "not written");
};

// The file that the record describes.
OverwriteTarget file_of(const ModuleRecord& record) {
  const auto confirm = [ko = record.ko, rest = record.rest,
                        btf = record.btf](const FileStamp& now) {
    const auto content = read_module_content(ko);
    return content && content->rest == rest && content->btf == btf && content->stamp == now;
  };
  return {record.ko, record.stamp, record.is_settled, confirm};
}

ModuleRecord renumbering(const ModuleRecord& record, const RenumberedModule& made,
                         const BuildKey& key) {
  ModuleRecord next = record;
  next.state = ModuleState::renumbering;
  next.key = key;
  next.btf = made.profile.key.btf;
  const Reason reason = plain_reason(ReasonCode::base_changed);
  next.reason_code = to_string(reason.code);
  next.reason = reason.text + ", renumbered";
  next.at = now_rfc3339();
  return next;
}

// The module gets a new time, which must not hide an object that make has not seen.
Expected<Overwritten> write_one(const Target& target, Overwrite how, const Wanted& wanted) {
  auto written = overwrite(target.file, target.made->parts, how, wanted);
  if (!written)
    return written;
  if (const std::string changed = target.changed(); !changed.empty()) {
    static_cast<void>(set_old_time(target.file.path));
    return unexpected(ErrorKind::file_moved, changed + " changed while modules were built");
  }
  return written;
}

} // namespace

struct StageWriter::Job {
  std::vector<Target> targets;
  std::string again; // why some of what was promised is missing
  std::function<void(Written)> then;
};

std::shared_ptr<StageWriter::Job>
StageWriter::job_for(const Stage& stage, const std::shared_ptr<const LinkFiles>& link) {
  auto job = std::make_shared<Job>();
  const BuildKey key = stage.facts->key();
  for (const auto& module : stage.facts->modules) {
    const std::string ko = stage.path_of(module);
    const auto it = stage.renumber.find(ko);
    if (it == stage.renumber.end())
      continue;
    const ModuleRecord* record = m_ground.records.find(ko);
    const bool is_finished = record && record->state == ModuleState::finished;
    if (is_finished && record->key == key)
      continue; // another stage of this tree wrote it
    if (!is_finished || !it->second) {
      job->again = ko + ": another make rebuilt it";
      continue;
    }
    Target target{as_make_spells(module),
                  renumbering(*record, *it->second, key),
                  file_of(*record),
                  it->second,
                  {}};
    if (const auto same = stage.same_link.find(ko); same != stage.same_link.end())
      target.changed = [files = same->second] {
        return std::string(have_same_stamps(files) ? "" : "an object");
      };
    else
      target.changed = [link, name = target.name, then = record->stamp.mtime_ns] {
        return newer_link_file(*link, name, then);
      };
    job->targets.push_back(std::move(target));
  }
  return job;
}

void StageWriter::write(const Stage& stage, std::function<bool()> wanted,
                        std::function<void(Written)> then) {
  if (stage.renumber.empty())
    return then({});
  m_ground.offload(
      [facts = stage.facts, link = stage.link]() -> Expected<std::shared_ptr<const LinkFiles>> {
        if (auto holds = still_holds(*facts); !holds)
          return holds.forward_error();
        return std::make_shared<const LinkFiles>(link);
      },
      // The stage as it was when its end began: later steps show in the records.
      [this, stage = std::make_shared<const Stage>(stage), wanted = std::move(wanted),
       then = std::move(then)](Expected<std::shared_ptr<const LinkFiles>> link) {
        if (!link)
          return then({{}, link.error().text + " while modules were built"});
        auto job = job_for(*stage, *link);
        job->then = then;
        start(job, wanted);
      });
}

void StageWriter::start(const std::shared_ptr<Job>& job, std::function<bool()> wanted) {
  std::vector<ModuleRecord> marks;
  for (const auto& target : job->targets)
    marks.push_back(target.record);
  // Without the mark on disk, replace modules only as a whole.
  const auto how = m_ground.records.put_all(marks, StateDb::Sync::now) ? Overwrite::in_place
                                                                       : Overwrite::by_copy;
  for_each_on_pool(
      m_ground.pool, m_ground.threads, job->targets.size(),
      [job, how, wanted = std::move(wanted)](std::size_t i) {
        job->targets[i].written = write_one(job->targets[i], how, wanted);
      },
      [this, job] { boost::asio::post(m_ground.loop, [this, job] { take(*job); }); });
}

void StageWriter::take(Job& job) {
  Written answer;
  answer.again = std::move(job.again);
  std::vector<ModuleRecord> done;
  std::vector<StoredProfile> profiles;
  for (auto& target : job.targets) {
    ModuleRecord& record = target.record;
    if (!target.written) {
      answer.again = target.written.error().text;
      m_steps.doubt(record.ko, "not renumbered: " + answer.again);
      continue;
    }
    record.state = ModuleState::finished;
    record.stamp = target.written->stamp;
    record.is_settled = target.written->is_settled;
    m_ground.records.put_in_memory(record);
    m_profiles.expect(record);
    answer.renumbered.push_back(std::move(target.name));
    profiles.push_back(target.made->profile);
    done.push_back(std::move(record));
  }
  job.then(std::move(answer));
  // Only after the client has its answer.
  boost::asio::post(m_ground.loop,
                    [this, profiles = std::move(profiles)] { m_profiles.store(profiles); });
  sync(std::move(done));
}

void StageWriter::sync(std::vector<ModuleRecord> records) {
  m_ground.offload(
      [records = std::move(records)]() mutable {
        std::erase_if(records, [](const ModuleRecord& r) { return !sync_file(r.ko); });
        return std::move(records);
      },
      [this, work = m_ground.work.begin()](Expected<std::vector<ModuleRecord>> synced) {
        std::vector<ModuleRecord> safe;
        if (synced)
          safe = *std::move(synced);
        std::erase_if(safe, [this](const ModuleRecord& r) {
          const ModuleRecord* now = m_ground.records.find(r.ko);
          return !now || now->state != ModuleState::finished || !(now->stamp == r.stamp);
        });
        m_ground.records.put_all(safe, StateDb::Sync::later);
      });
}

} // namespace kbtf
