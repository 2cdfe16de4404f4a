// SPDX-License-Identifier: GPL-2.0-only
// Programs along PATH, as the caller's shell would find them. Stateless; any thread.
#pragma once

#include <string>
#include <vector>

namespace kbtf {

// A regular file that may be executed.
[[nodiscard]] bool is_program(const std::string& path);

// All that execvp(3) would find along `path` if it looked on after the first. An entry that is not
// absolute starts at `cwd`.
[[nodiscard]] std::vector<std::string>
find_programs(const std::string& name, const std::string& cwd, const std::string& path);

// Where execvp(3) looks for a name without "/", in its order, whatever is there.
[[nodiscard]] std::vector<std::string>
program_places(const std::string& name, const std::string& cwd, const std::string& path);

// As execvp(3) would find it, absolute if `cwd` is; empty if it would not.
[[nodiscard]] std::string find_program(const std::string& name, const std::string& cwd,
                                       const std::string& path);

} // namespace kbtf
