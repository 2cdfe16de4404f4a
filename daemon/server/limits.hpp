// SPDX-License-Identifier: GPL-2.0-only
// The resource limits (setrlimit(2)) that a daemon inherits from the build that happened to start
// it, and lives under for hours. Soft limits are a shell's default: kbtfd raises them. A hard limit
// is somebody's decision: if it is below what kbtfd needs, kbtfd does not start. A daemon that
// fails half of its work, or dies during a build, is worse than none.
//
//   limit  needs                           for
//   -v     2 GiB and each thread's stack   itself (150 MiB resident with 5,500 modules), and pahole
//   -d     1 GiB and each thread's stack   for profiles: hundreds of MiB for a large module
//   -f     512 MiB                         a copy of the largest module; a distribution's state.db
//   -n     256                             two for each client that make runs at a time
//   -s     1 MiB                           its main thread, and pahole
//   -t     1 hour                          all its life
//   -u     one process for each thread     (cannot be checked beforehand: others count, too)
//
// Knows nothing of cgroup limits, which the kernel enforces in other ways. One thread.
#pragma once

#include "util/error.hpp"

#include <exception>
#include <string>

namespace kbtf {

// Raises every soft limit named above to its hard limit, the stack's to 8 MiB at most. Threads get
// stacks of 8 MiB, whatever the starter's limit. Ignores SIGXFSZ: a write beyond the file size
// limit fails with EFBIG, like any other error. Call before threads exist. Never fails.
void raise_limits();

// Errors: unsupported. The text names the first limit that is below what a daemon with that many
// threads needs, its value, and what is needed, in units of ulimit (bash(1)).
[[nodiscard]] Status check_limits(unsigned threads);

// What an exception says; if a thread could not be started, also why that may be.
[[nodiscard]] std::string in_words(const std::exception& error);

} // namespace kbtf
