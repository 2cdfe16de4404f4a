// SPDX-License-Identifier: GPL-2.0-only
// Locates the parts of this installation, relative to the running client: works for an installed
// tree (bin/, share/kbtf/) and a build tree. Looks only beside the executable, never along PATH: a
// client must not meet a daemon of another version by accident.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

[[nodiscard]] std::string own_path(); // of this executable, absolute; "kbtf" if /proc is missing
// Absolute paths of kbtf.mk and kbtfd. Errors: not_found.
[[nodiscard]] Expected<std::string> hook_path();
[[nodiscard]] Expected<std::string> daemon_path();

} // namespace kbtf
