// SPDX-License-Identifier: GPL-2.0-only
// Directories that only our own user may write to. Blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

// Creates `dir` and its parents with mode 0700, or checks the directory that is there: it must be
// ours, no symbolic link, and nobody else may have leave to write to it, since a directory in /tmp
// could be somebody's trap. One that others can only enter or read gets mode 0700 if it is empty;
// if not, it is in use for something else, too, and stays as it is. Errors: refused (a link, a
// file, another user's, writable by others), io, not_found.
[[nodiscard]] Status make_private_dir(const std::string& dir);

} // namespace kbtf
