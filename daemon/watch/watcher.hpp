// SPDX-License-Identifier: GPL-2.0-only
// Watches directories and reports which file in them was written or replaced. Events are hints that
// let work start early; kbtf never skips work because an event is missing. Without events (no
// descriptors left, network file systems, overflow) stamps decide; a failure is logged once. An
// interface, so that reactions to events can be tested without inotify.
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

  // Watches a directory, not its subdirectories. May be called again for the same one.
  virtual void watch(const std::string& directory) = 0;
  // One phrase for `kbtf status`: "inotify, 214 directories", or why there are no events.
  [[nodiscard]] virtual std::string describe() const = 0;
};

} // namespace kbtf
