// SPDX-License-Identifier: GPL-2.0-only
// What renumbering needs and the daemon gathers after the build: the base itself, and a profile of
// each module. Event loop's thread; bases are stored on the pool, profiles made on the idle worker.
#pragma once

#include "daemon/server/ground.hpp"
#include "daemon/server/stage.hpp"
#include "daemon/server/tree_table.hpp"
#include "daemon/stage/profile_maker.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace kbtf {

class ProfileQueue {
public:
  ProfileQueue(Ground& ground, const TreeTable& trees);

  // Stores the base of a stage, and remembers what its profiles are made with.
  void keep_base(const StageFacts& facts);
  // Queues a profile for each module of the stage that has none.
  void queue(const Stage& stage);
  // The same for one module.
  void queue(const ModuleRecord& record);
  // For a renumbered module: its profile exists, and store() stores it later. None is made
  // meanwhile.
  void expect(const ModuleRecord& record) { m_tried[record.ko] = record.btf; }
  void store(const std::vector<StoredProfile>& profiles);

private:
  void make(ProfileJob job);
  void on_made(ProfileResult result);

  Ground& m_ground;
  const TreeTable& m_trees;
  ProfileMaker m_maker; // used on the idle worker's thread
  // By tool key: what a profile is made with.
  std::map<ContentHash, std::shared_ptr<const PaholeOfStage>> m_paholes;
  // Absolute .ko -> hash of its BTF sections, for which a profile is pending or could not be made.
  std::unordered_map<std::string, ContentHash> m_tried;
};

} // namespace kbtf
