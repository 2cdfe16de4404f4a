// SPDX-License-Identifier: GPL-2.0-only
// Times for people and the state file: RFC 3339, UTC, whole seconds. The texts sort like the times.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

namespace kbtf {

[[nodiscard]] std::string rfc3339(std::time_t seconds);
[[nodiscard]] std::string now_rfc3339(std::chrono::seconds ago = std::chrono::seconds{0});

} // namespace kbtf
