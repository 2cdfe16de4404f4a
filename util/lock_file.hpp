// SPDX-License-Identifier: GPL-2.0-only
// A lock that one kbtfd holds as long as it lives: flock(2) on a file that names the holder.
//   PID NOTE\n      PID decimal; NOTE is text for people, and may be missing
// The lock is what counts: it ends with the process, however that ends, so nothing is stale after a
// crash. The text is believed only while the lock is held. An older daemon left the file empty.
// Knows nothing of what the lock protects. Blocking; any thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace kbtf {

// Locks `path` (created when missing) for the life of the returned descriptor, and writes who we
// are. Errors: refused when another process holds it, the text says which; unsupported when the
// file is somebody's who has other things in it, which stay; io, also where the file system has no
// locks.
[[nodiscard]] Expected<Fd> take_lock(const std::string& path, const std::string& note = {});

struct LockHolder {
  pid_t pid = 0;    // 0: it does not say
  std::string note; // as given to take_lock()
};

// Who holds the lock; nullopt: nobody. Errors: refused (another user's file), io.
[[nodiscard]] Expected<std::optional<LockHolder>> lock_holder(const std::string& path);

} // namespace kbtf
