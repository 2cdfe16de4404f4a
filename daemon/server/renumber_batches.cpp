// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/renumber_batches.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/server/parallel.hpp"
#include "util/guarded.hpp"

#include <algorithm>
#include <set>

#include <boost/asio/post.hpp>
#include <malloc.h>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// For bases that alternate, in several trees. Results of older ones are computed again.
constexpr std::size_t k_max_batches = 3;

Expected<std::shared_ptr<const BtfBase>> load_base(const BaseStore& store, const ContentHash& hash,
                                                   const std::string& path) {
  if (!path.empty())
    if (auto file = read_base_btf(path); file && hash_bytes(file->bytes) == hash)
      return BtfBase::parse(file->bytes);
  auto stored = store.load(hash);
  if (!stored)
    return stored.forward_error();
  return BtfBase::parse(*stored);
}

} // namespace

struct RenumberBatches::Work {
  std::vector<RenumberTask> tasks;
  std::vector<RenumberedModule> results; // by task
};

bool RenumberBatches::can_renumber(const ModuleRecord& record) const {
  return record.state == ModuleState::finished && record.has_content() &&
         m_ground.records.has_profile(record) && m_ground.bases.has(record.key.base);
}

std::optional<RenumberTask> RenumberBatches::task_for(const ModuleRecord& record,
                                                      const FileStamp& stamp) {
  auto profile = m_ground.records.profile(record.ko);
  if (!profile)
    return std::nullopt;
  return RenumberTask{record.ko, stamp, *std::move(profile)};
}

void RenumberBatches::renumber(const ContentHash& to, const std::string& base_path,
                               std::vector<RenumberTask> tasks, Done done) {
  const auto it = std::find_if(m_batches.begin(), m_batches.end(),
                               [&to](const BatchPtr& batch) { return batch->to == to; });
  BatchPtr batch = it != m_batches.end() ? *it : nullptr;
  if (!batch) {
    batch = std::make_shared<Batch>();
    batch->to = to;
    batch->base_path = base_path;
    m_batches.push_back(batch);
    if (m_batches.size() > k_max_batches)
      m_batches.pop_front(); // whoever waits for it holds it
  }
  batch->waiting.push_back({std::move(tasks), std::move(done)});
  serve(batch);
}

void RenumberBatches::serve(const BatchPtr& batch) {
  while (!batch->is_running && !batch->waiting.empty()) {
    Request& request = batch->waiting.front();
    std::erase_if(request.tasks, [&batch](const RenumberTask& task) {
      const auto known = batch->results.find(task.ko);
      return known != batch->results.end() && known->second->stamp == task.stamp;
    });
    if (request.tasks.empty()) {
      const Done done = std::move(request.done);
      batch->waiting.pop_front();
      done(batch->results);
      continue;
    }
    batch->is_running = true;
    auto work = std::make_shared<Work>();
    work->tasks = std::move(request.tasks);
    request.tasks.clear();
    work->results.resize(work->tasks.size());
    boost::asio::post(m_ground.pool, [this, batch, work] {
      const auto made = guarded([&] {
        make_maps(batch, work);
        return Ok{};
      });
      if (!made)
        spdlog::warn("{}: cannot renumber: {}", batch->base_path, made.error().text);
      // From here until take(), the batch is only read.
      for_each_on_pool(
          m_ground.pool, m_ground.threads, work->tasks.size(),
          [batch, work](std::size_t i) {
            const RenumberTask& task = work->tasks[i];
            RenumberedModule& result = work->results[i];
            result.stamp = task.stamp;
            const auto map = batch->maps.find(task.profile.key.base);
            if (map == batch->maps.end() || !map->second)
              result.why_not = "no map from its base";
            else
              result = renumber_module(*map->second, batch->to, task);
            result.stamp = task.stamp;
          },
          [this, batch, work] {
            boost::asio::post(m_ground.loop, [this, batch, work] { take(batch, work); });
          });
    });
  }
}

// Runs on one pool thread, while no other touches the batch.
void RenumberBatches::make_maps(const BatchPtr& batch, const std::shared_ptr<Work>& work) const {
  std::set<ContentHash> old;
  for (const auto& task : work->tasks)
    old.insert(task.profile.key.base);
  for (const auto& from : old) {
    if (batch->maps.contains(from))
      continue;
    auto& map = batch->maps[from];
    if (!batch->base) {
      auto base = load_base(m_ground.bases, batch->to, batch->base_path);
      if (!base) {
        spdlog::info("{}: cannot renumber: {}", batch->base_path, base.error().text);
        continue;
      }
      batch->base = *base;
    }
    auto then = load_base(m_ground.bases, from, {});
    if (!then) {
      spdlog::info("cannot renumber from base {}: {}", from.hex(), then.error().text);
      continue;
    }
    auto made = BaseMap::make(*then, batch->base);
    if (!made) {
      spdlog::info("cannot renumber from base {}: {}", from.hex(), made.error().text);
      continue;
    }
    map = *made;
    spdlog::info("base {} to {}: {} types gone, {} added, {} changed", from.hex(), batch->to.hex(),
                 map->gone(), map->added(), map->changed());
  }
}

void RenumberBatches::take(const BatchPtr& batch, const std::shared_ptr<Work>& work) {
  for (std::size_t i = 0; i < work->tasks.size(); ++i)
    batch->results.insert_or_assign(
        work->tasks[i].ko, std::make_shared<const RenumberedModule>(std::move(work->results[i])));
  batch->is_running = false;
  // The request that this was for has no tasks left: serve() answers it now.
  serve(batch);
}

void RenumberBatches::forget() {
  std::erase_if(m_batches, [](const BatchPtr& b) { return !b->is_running && b->waiting.empty(); });
  ::malloc_trim(0);
}

} // namespace kbtf
