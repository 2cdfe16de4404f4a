// SPDX-License-Identifier: GPL-2.0-only
// Times as people and the state file read them: RFC 3339, UTC, whole seconds. Two such texts
// compare as their times do.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

namespace kbtf {

[[nodiscard]] std::string rfc3339(std::time_t seconds);
[[nodiscard]] std::string now_rfc3339(std::chrono::seconds ago = std::chrono::seconds{0});

} // namespace kbtf
