// SPDX-License-Identifier: GPL-2.0-only
// Which shared libraries a program would load, asked of the dynamic linker itself
// (`ld.so --list PROGRAM`, glibc >= 2.27; ld.so(8)): it alone knows RUNPATH, LD_LIBRARY_PATH,
// LD_PRELOAD and ld.so.cache. With LD_DEBUG=libs it also says where it looked. The program is not
// run. Blocks for about 2 ms (one process); callers cache. Thread-safe.
#pragma once

#include "util/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace kbtf {

// The file itself, behind all symbolic links, from whose directory the kernel and the dynamic
// linker take $ORIGIN; `program` as it is if that cannot be told.
[[nodiscard]] std::string real_path(const std::string& program);

struct LoadedLibraries {
  std::vector<std::string> paths; // absolute, in load order; empty for a static program
  // Files that were tried and directories that were searched, there or not: while none of them
  // changes, nor a library, the answer is the same. Empty if the dynamic linker does not say
  // (musl's); a static program needs none.
  std::vector<std::string> looked_at;
};

// How the program will run: its directory, and what loader_environment() gives.
struct LoaderSetting {
  std::string cwd;
  std::vector<std::string> environment;
};

constexpr std::chrono::milliseconds k_loader_patience{10'000};

// Errors: io, malformed, unsupported (a dynamic linker that does not answer within `patience`,
// which is then killed; a library that is not found: the program would not start either).
[[nodiscard]] Expected<LoadedLibraries>
loaded_libraries(const std::string& program, const LoaderSetting& setting,
                 std::chrono::milliseconds patience = k_loader_patience);

} // namespace kbtf
