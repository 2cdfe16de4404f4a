// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/time_text.hpp"

namespace kbtf {

std::string rfc3339(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string now_rfc3339(std::chrono::seconds ago) {
  return rfc3339(std::time(nullptr) - ago.count());
}

} // namespace kbtf
