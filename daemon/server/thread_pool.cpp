// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/thread_pool.hpp"

namespace kbtf {

ThreadPool::ThreadPool(unsigned threads) : m_work(get_executor()) {
  m_threads.reserve(threads);
  try {
    for (unsigned i = 0; i < threads; ++i)
      m_threads.emplace_back([this] { run(); });
  } catch (...) {
    stop();
    join();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop();
  join();
}

void ThreadPool::join() {
  m_work.reset();
  for (auto& thread : m_threads)
    thread.join();
  m_threads.clear();
}

} // namespace kbtf
