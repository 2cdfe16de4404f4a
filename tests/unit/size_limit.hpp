// SPDX-License-Identifier: GPL-2.0-only
// Test helper: a disk that is as good as full.
#pragma once

#include <csignal>
#include <sys/resource.h>

namespace kbtf::test {

// No file of this process may grow beyond `bytes` while the object lives: a write up to there is
// short, the next one fails (EFBIG).
class SizeLimit {
public:
  explicit SizeLimit(rlim_t bytes) : m_handler(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &m_old);
    const rlimit limit{bytes, m_old.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &m_old);
    std::signal(SIGXFSZ, m_handler);
  }

private:
  void (*m_handler)(int);
  rlimit m_old{};
};

} // namespace kbtf::test
