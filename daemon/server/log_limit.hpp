// SPDX-License-Identifier: GPL-2.0-only
// Limits how often a message is logged that somebody else can trigger at will. Pure; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace kbtf {

class LogLimit {
public:
  using Clock = std::chrono::steady_clock;
  explicit LogLimit(std::chrono::seconds interval) : m_interval(interval) {}

  // Counts one more event. Returns how many there were since the last message, this one included,
  // or 0 if the interval is not over: then log nothing.
  [[nodiscard]] std::uint64_t count(Clock::time_point now) {
    ++m_count;
    if (m_said && now - *m_said < m_interval)
      return 0;
    m_said = now;
    const std::uint64_t counted = m_count;
    m_count = 0;
    return counted;
  }

private:
  std::chrono::seconds m_interval;
  std::optional<Clock::time_point> m_said;
  std::uint64_t m_count = 0;
};

} // namespace kbtf
