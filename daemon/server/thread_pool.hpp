// SPDX-License-Identifier: GPL-2.0-only
// The pool's threads, which run posted work in any order. Replaces boost::asio::thread_pool: if a
// thread cannot be started, its constructor waits forever for those that were (1.74).
#pragma once

#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace kbtf {

// An io_context, so that boost::asio::post() takes it.
class ThreadPool : public boost::asio::io_context {
public:
  // Throws std::system_error if a thread cannot be started; none is left running then.
  explicit ThreadPool(unsigned threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool(); // drops queued work, waits for running work

  // Waits until all posted work is done. Work posted later never runs.
  void join();

private:
  boost::asio::executor_work_guard<executor_type> m_work;
  std::vector<std::thread> m_threads;
};

} // namespace kbtf
