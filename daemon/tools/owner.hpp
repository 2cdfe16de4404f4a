// SPDX-License-Identifier: GPL-2.0-only
// Whether the daemon may run programs in the background for one module. It runs the tree's own
// scripts and tools, which belong to the owner of the tree. So a root daemon runs nothing in
// another user's tree: it would run that user's programs as root, long after the build that the
// user asked for. Blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Errors: refused (root daemon, and the .ko or its directory belongs to another user), not_found,
// io.
[[nodiscard]] Status may_run_for(const std::string& ko);

} // namespace kbtf
