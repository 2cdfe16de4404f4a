// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/open_steps.hpp"

namespace kbtf {

void OpenSteps::open(const std::string& ko) {
  Steps& steps = m_steps[ko];
  steps.were_two = steps.were_two || steps.count != 0;
  ++steps.count;
}

bool OpenSteps::close(const std::string& ko) {
  const bool was_alone = is_alone(ko);
  if (const auto it = m_steps.find(ko); it != m_steps.end() && --it->second.count == 0)
    m_steps.erase(it);
  return was_alone;
}

bool OpenSteps::is_alone(const std::string& ko) const {
  const auto it = m_steps.find(ko);
  return it != m_steps.end() && !it->second.were_two;
}

} // namespace kbtf
