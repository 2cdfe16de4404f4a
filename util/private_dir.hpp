// SPDX-License-Identifier: GPL-2.0-only
// Directories that only our own user may write to. Blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Creates `dir` and its parents with mode 0700, or checks the existing directory. That must be
// ours, not a symbolic link, and not writable by others: a directory in /tmp could be somebody's
// trap. If others can only enter or read it, it gets mode 0700 if it is empty; otherwise it is in
// use for something else too, and keeps its mode. Errors: refused (a link, a file, another user's,
// writable by others), io, not_found.
[[nodiscard]] Status make_private_dir(const std::string& dir);

} // namespace kbtf
