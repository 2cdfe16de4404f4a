// SPDX-License-Identifier: GPL-2.0-only
// What leads back from finished modules to their pristine bytes: the copies that steps leave, and
// the patches made from them in the background. Event loop's thread.
#pragma once

#include "daemon/server/ground.hpp"
#include "daemon/store/patch_worker.hpp"

#include <functional>
#include <string>
#include <unordered_map>

namespace kbtf {

class PatchQueue {
public:
  // `is_active`: whether a BTF step runs on the .ko. Calls `on_recorded` for a module whose
  // finished content has been read and recorded.
  PatchQueue(Ground& ground, std::function<bool(const std::string& ko)> is_active,
             std::function<void(const ModuleRecord&)> on_recorded);

  // Queues a job. Keeps its copy, if any, until the patch is stored.
  void add(PatchJob job);
  // Queues reading an adopted module's finished content, so that a later touch or copy is
  // recognized.
  void add_reading(const ModuleRecord& record);
  // Returns the pristine copy whose patch is pending; null if there is none.
  [[nodiscard]] PristineCopyPtr copy_of(const std::string& ko) const;
  void drop_copy(const std::string& ko) { m_copies.erase(ko); }

private:
  void take(PatchResult result);

  Ground& m_ground;
  std::function<bool(const std::string&)> m_is_active;
  std::function<void(const ModuleRecord&)> m_on_recorded;
  std::unordered_map<std::string, PristineCopyPtr> m_copies; // by ko
  PatchWorker m_worker; // last: posts to the loop and uses nothing else that changes
};

} // namespace kbtf
