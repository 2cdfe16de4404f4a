// SPDX-License-Identifier: GPL-2.0-only
// Arguments as exec(3) and posix_spawn(3) take them.
#pragma once

#include <string>
#include <vector>

namespace kbtf {

// Pointers into `texts`, which must outlive them unchanged, followed by a null pointer.
[[nodiscard]] std::vector<char*> pointers_to(const std::vector<std::string>& texts);

} // namespace kbtf
