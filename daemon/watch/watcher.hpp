// SPDX-License-Identifier: GPL-2.0-only
// Watches directories and says which file in them was written or replaced. Events are hints that
// let work start early; nothing is ever skipped because no event came. Where events cannot be had
// (no descriptors left, network file systems, overflow) that is said once, and stamps decide.
// An interface, so that what follows from an event can be tested without inotify.
#pragma once

#include <functional>
#include <string>

namespace kbtf {

class Watcher {
public:
  // Called with the path of a file that was closed after writing or renamed into place.
  using OnChange = std::function<void(const std::string& path)>;

  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  // Watches a directory, not what is below it; again is harmless.
  virtual void watch(const std::string& directory) = 0;
  // One phrase for `kbtf status`: "inotify, 214 directories", or why there are no events.
  [[nodiscard]] virtual std::string describe() const = 0;
};

} // namespace kbtf
