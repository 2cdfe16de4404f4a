// SPDX-License-Identifier: GPL-2.0-only
// Where the parts of this installation are, seen from the running client: the same answers for
// an installed tree (bin/, share/kbtf/) and a build tree. Looks beside the executable only, never
// along PATH: a client and a daemon of different versions must not meet by accident.
#pragma once

#include "util/error.hpp"

#include <string>

namespace kbtf {

[[nodiscard]] std::string own_path(); // of this executable, absolute; "kbtf" where /proc is missing
// Absolute paths of kbtf.mk and kbtfd. Errors: not_found.
[[nodiscard]] Expected<std::string> hook_path();
[[nodiscard]] Expected<std::string> daemon_path();

} // namespace kbtf
