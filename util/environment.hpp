// SPDX-License-Identifier: GPL-2.0-only
// This process's environment. Any thread may read it as long as none changes it.
#pragma once

#include <string>

namespace kbtf {

// The value of a variable; "" if it is not set.
[[nodiscard]] std::string env(const char* name);

} // namespace kbtf
