// SPDX-License-Identifier: GPL-2.0-only
#include "util/utf8.hpp"

#include <nlohmann/json.hpp>

namespace kbtf {

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) { // 316
    return false;
  }
}

} // namespace kbtf
