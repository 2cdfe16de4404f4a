// SPDX-License-Identifier: GPL-2.0-only
// Finds programs along PATH as the caller's shell would. Stateless; any thread.
#pragma once

#include <string>
#include <vector>

namespace kbtf {

// Whether `path` is a regular file that may be executed.
[[nodiscard]] bool is_program(const std::string& path);

// All programs that execvp(3) would find along `path` if it did not stop at the first. An entry
// that is not absolute starts at `cwd`.
[[nodiscard]] std::vector<std::string>
find_programs(const std::string& name, const std::string& cwd, const std::string& path);

// Where execvp(3) looks for a name without "/", in its order, whether or not a file exists there.
[[nodiscard]] std::vector<std::string>
program_places(const std::string& name, const std::string& cwd, const std::string& path);

// The program that execvp(3) would find, absolute if `cwd` is; empty if it would find none.
[[nodiscard]] std::string find_program(const std::string& name, const std::string& cwd,
                                       const std::string& path);

} // namespace kbtf
