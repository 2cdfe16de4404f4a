// SPDX-License-Identifier: GPL-2.0-only
// Which shared libraries a program would load, asked of the dynamic linker itself
// (`ld.so --list PROGRAM`, glibc >= 2.27; ld.so(8)): it alone knows RUNPATH, LD_LIBRARY_PATH and
// ld.so.cache. The program is not run.
// Blocks for about 2 ms (one process); callers cache. Thread-safe.
#pragma once

#include "proto/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

// Absolute paths, in load order; empty for a static program. `library_path` is the
// LD_LIBRARY_PATH under which the program will run. Errors: io, malformed, unsupported (a dynamic
// linker that does not answer, a library that is not found: the program would not start either).
[[nodiscard]] Expected<std::vector<std::string>> loaded_libraries(const std::string& program,
                                                                  const std::string& library_path);

} // namespace kbtf
