// SPDX-License-Identifier: GPL-2.0-only
#include "util/arguments.hpp"

namespace kbtf {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str())); // these calls change nothing
  all.push_back(nullptr);
  return all;
}

} // namespace kbtf
