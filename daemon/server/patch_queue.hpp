// SPDX-License-Identifier: GPL-2.0-only
// The way back from finished modules to their pristine bytes: the copies that steps have left, and
// the patches that are made of them in the background. Event loop's thread.
#pragma once

#include "daemon/server/ground.hpp"
#include "daemon/store/patch_worker.hpp"

#include <functional>
#include <string>
#include <unordered_map>

namespace kbtf {

class PatchQueue {
public:
  // `is_active`: whether a BTF step runs on the .ko. `on_recorded` is called for a module whose
  // finished content has been read and recorded.
  PatchQueue(Ground& ground, std::function<bool(const std::string& ko)> is_active,
             std::function<void(const ModuleRecord&)> on_recorded);

  // Queues a job; a copy in it is kept at hand until its patch is stored.
  void add(PatchJob job);
  // Of an adopted module: its finished content is read, so that a later touch or copy is
  // recognised.
  void add_reading(const ModuleRecord& record);
  // The pristine copy whose patch is still to be made; null: there is none.
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
