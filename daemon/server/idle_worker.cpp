// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/idle_worker.hpp"

#include <sched.h>
#include <sys/eventfd.h>

namespace kbtf {

IdleWorker::IdleWorker(std::function<void()> on_empty)
    : m_on_empty(std::move(on_empty)), m_cancel(::eventfd(0, EFD_CLOEXEC)),
      m_thread([this] { run(); }) {}

void IdleWorker::stop() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  ::eventfd_write(m_cancel.get(), 1);
  m_wake.notify_all();
  if (m_thread.joinable())
    m_thread.join();
}

void IdleWorker::add(Job job) {
  {
    const std::lock_guard lock(m_mutex);
    m_jobs.push_back(std::move(job));
  }
  m_wake.notify_all();
}

void IdleWorker::hold(bool held) {
  {
    const std::lock_guard lock(m_mutex);
    m_is_held = held;
  }
  m_wake.notify_all();
}

void IdleWorker::run() {
  const sched_param parameters{};
  ::sched_setscheduler(0, SCHED_IDLE, &parameters);
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_wake.wait(lock, [this] { return m_stop || (!m_is_held && !m_jobs.empty()); });
    if (m_stop)
      return;
    const Job job = std::move(m_jobs.front());
    m_jobs.pop_front();
    lock.unlock();
    job();
    lock.lock();
    if (m_jobs.empty())
      m_on_empty();
  }
}

} // namespace kbtf
