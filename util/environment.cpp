// SPDX-License-Identifier: GPL-2.0-only
#include "util/environment.hpp"

#include <cstdlib>

namespace kbtf {

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

} // namespace kbtf
