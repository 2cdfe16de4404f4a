// SPDX-License-Identifier: GPL-2.0-only
// Renumbers many modules onto one changed base, on all threads of the pool, in memory. Keeps what
// it worked out before make asked (the daemon saw the new vmlinux) until make does. Members run on
// the event loop's thread, the work on the pool. Writes no module.
#pragma once

#include "daemon/server/ground.hpp"
#include "daemon/stage/plan_outcome.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

class RenumberBatches {
public:
  using Done = std::function<void(const RenumberResults&)>;

  explicit RenumberBatches(Ground& ground) : m_ground(ground) {}

  // Whether everything needed to renumber a module, besides a changed base, is available.
  [[nodiscard]] bool can_renumber(const ModuleRecord& record) const;
  // None if the profile cannot be read.
  [[nodiscard]] std::optional<RenumberTask> task_for(const ModuleRecord& record,
                                                     const FileStamp& stamp);
  // Renumbers what `tasks` name onto the base with the hash `to`, which is in `base_path` or in the
  // store. Calls `done` on the loop, now or later; every task has a result then. Keeps results
  // until forget().
  void renumber(const ContentHash& to, const std::string& base_path,
                std::vector<RenumberTask> tasks, Done done);
  // Drops results and maps of all bases that nobody waits for.
  void forget();

private:
  struct Request {
    std::vector<RenumberTask> tasks;
    Done done;
  };
  struct Batch {
    ContentHash to;
    std::string base_path;
    std::shared_ptr<const BtfBase> base;
    std::map<ContentHash, std::shared_ptr<const BaseMap>> maps; // by old base; null: none
    RenumberResults results;
    std::deque<Request> waiting;
    bool is_running = false;
  };
  using BatchPtr = std::shared_ptr<Batch>;
  struct Work; // what the pool's threads share

  void serve(const BatchPtr& batch);
  void make_maps(const BatchPtr& batch, const std::shared_ptr<Work>& work) const;
  void take(const BatchPtr& batch, const std::shared_ptr<Work>& work);

  Ground& m_ground;
  std::list<BatchPtr> m_batches; // newest last
};

} // namespace kbtf
