// SPDX-License-Identifier: GPL-2.0-only
// One thread for what can wait. Runs one job after the other when the machine has nothing better to
// do: the thread is SCHED_IDLE (sched(7)), and the programs that jobs run inherit that. Knows
// nothing of the jobs.
#pragma once

#include "util/fd.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace kbtf {

class IdleWorker {
public:
  using Job = std::function<void()>;
  // Calls `on_empty` on the worker's thread when the last queued job is done. `on_empty` must not
  // call the worker, which holds its lock.
  explicit IdleWorker(std::function<void()> on_empty);
  IdleWorker(const IdleWorker&) = delete;
  IdleWorker& operator=(const IdleWorker&) = delete;
  ~IdleWorker() { stop(); }

  // Drops queued jobs, makes cancel() readable, waits for the running job. Nothing runs afterwards.
  void stop();

  // Queues a job; any thread.
  void add(Job job);
  // While held, no job begins; any thread.
  void hold(bool held);
  // A descriptor that becomes readable when the worker is to end; for jobs that wait.
  [[nodiscard]] int cancel() const { return m_cancel.get(); }

private:
  void run();

  std::function<void()> m_on_empty;
  Fd m_cancel; // an eventfd
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::deque<Job> m_jobs;
  bool m_is_held = false;
  bool m_stop = false;
  std::thread m_thread; // last: starts after everything else is initialized
};

} // namespace kbtf
