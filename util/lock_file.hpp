// SPDX-License-Identifier: GPL-2.0-only
// A lock that one kbtfd holds as long as it lives: flock(2) on a file that names the holder.
//   PID NOTE\n      PID decimal; NOTE is text for people, optional
// Only the lock counts: it ends with the process, however that ends, so nothing is stale after a
// crash. The text is trusted only while the lock is held. An older daemon left the file empty. Does
// not know what the lock protects. Blocking; any thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace kbtf {

// Locks `path` (created if missing) for the life of the returned descriptor, and writes who we are.
// Errors: refused if another process holds it (the text names the holder); unsupported if the file
// has other content, which is kept; io, also if the file system has no locks.
[[nodiscard]] Expected<Fd> take_lock(const std::string& path, const std::string& note = {});

struct LockHolder {
  pid_t pid = 0;    // 0: not recorded
  std::string note; // as given to take_lock()
};

// The holder of the lock; nullopt if nobody holds it. Errors: refused (another user's file), io.
[[nodiscard]] Expected<std::optional<LockHolder>> lock_holder(const std::string& path);

} // namespace kbtf
