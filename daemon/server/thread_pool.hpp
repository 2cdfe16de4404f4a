// SPDX-License-Identifier: GPL-2.0-only
// The threads of the pool: they run what is posted to it, in any order. In place of
// boost::asio::thread_pool, whose constructor waits for ever for the threads that it has if the
// next one cannot be started (1.74).
#pragma once

#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace kbtf {

// An io_context, so that boost::asio::post() takes it.
class ThreadPool : public boost::asio::io_context {
public:
  // Throws std::system_error if a thread cannot be started; none is left then.
  explicit ThreadPool(unsigned threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool(); // drops what is queued, waits for what is running

  // Waits until all that was posted is done. Nothing that is posted later runs.
  void join();

private:
  boost::asio::executor_work_guard<executor_type> m_work;
  std::vector<std::thread> m_threads;
};

} // namespace kbtf
