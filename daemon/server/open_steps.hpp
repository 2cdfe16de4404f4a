// SPDX-License-Identifier: GPL-2.0-only
// Counts running BTF steps by .ko, so that with two makes at once neither is believed. Knows
// nothing of what a step does. One thread (the event loop's).
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace kbtf {

class OpenSteps {
public:
  void open(const std::string& ko);
  // Ends one of the module's steps. Returns is_alone() from before.
  bool close(const std::string& ko);
  // Whether a step runs on the module, and no other one has run since it began.
  [[nodiscard]] bool is_alone(const std::string& ko) const;
  [[nodiscard]] bool has(const std::string& ko) const { return m_steps.contains(ko); }

private:
  struct Steps {
    std::size_t count = 0;
    bool were_two = false;
  };
  std::unordered_map<std::string, Steps> m_steps;
};

} // namespace kbtf
