// SPDX-License-Identifier: GPL-2.0-only
// Where the parts of this installation are, seen from the running client: the same answers for
// an installed tree (bin/, share/kbtf/) and a build tree.
#pragma once

#include "proto/error.hpp"

#include <string>

namespace kbtf {

[[nodiscard]] std::string own_path();            // of this executable, absolute
[[nodiscard]] Expected<std::string> hook_path(); // kbtf.mk
[[nodiscard]] Expected<std::string> daemon_path();

} // namespace kbtf
