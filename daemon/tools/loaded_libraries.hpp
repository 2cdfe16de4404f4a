// SPDX-License-Identifier: GPL-2.0-only
// Asks the dynamic linker which shared libraries a program would load (`ld.so --list PROGRAM`,
// glibc >= 2.27; ld.so(8)): only it knows RUNPATH, LD_LIBRARY_PATH, LD_PRELOAD and ld.so.cache.
// With LD_DEBUG=libs it also says where it looked. Does not run the program. Blocks for about 2 ms
// (one process); callers cache. Thread-safe.
#pragma once

#include "util/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace kbtf {

// The file itself, all symbolic links resolved: the kernel and the dynamic linker take $ORIGIN from
// its directory. Returns `program` unchanged if it cannot be resolved.
[[nodiscard]] std::string real_path(const std::string& program);

struct LoadedLibraries {
  std::vector<std::string> paths; // absolute, in load order; empty for a static program
  // Files tried and directories searched, existing or not: the answer stays the same until one of
  // them, or a library, changes. Empty if the dynamic linker does not say (musl's); a static
  // program needs none.
  std::vector<std::string> looked_at;
};

// How the program will run: its directory, and the result of loader_environment().
struct LoaderSetting {
  std::string cwd;
  std::vector<std::string> environment;
};

constexpr std::chrono::milliseconds k_loader_patience{10'000};

// Errors: io, malformed, unsupported (a dynamic linker that does not answer within `patience` and
// is killed; a library that is not found: the program would not start either).
[[nodiscard]] Expected<LoadedLibraries>
loaded_libraries(const std::string& program, const LoaderSetting& setting,
                 std::chrono::milliseconds patience = k_loader_patience);

} // namespace kbtf
