// SPDX-License-Identifier: GPL-2.0-only
// Whether the daemon may run programs behind a build, for one module. What it runs then (the tree's
// own scripts and tools) belongs to whoever owns the tree, and so a daemon of root's runs nothing
// in the tree of somebody else: it would be running that user's programs with its own rights, long
// after the build that was asked for. Blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Errors: refused (root's daemon, and the .ko or its directory belongs to another user), not_found,
// io.
[[nodiscard]] Status may_run_for(const std::string& ko);

} // namespace kbtf
