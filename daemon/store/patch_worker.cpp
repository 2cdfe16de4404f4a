// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/patch_worker.hpp"

#include "daemon/store/files.hpp"
#include "daemon/store/patch.hpp"
#include "util/guarded.hpp"

#include <malloc.h>
#include <sched.h>

namespace kbtf {
namespace {

// With more than this in waiting copies the worker takes its fair share of the machine, so that a
// distribution build does not keep a second copy of all its modules on disk.
constexpr std::uint64_t k_hurry_bytes = std::uint64_t{512} << 20;

} // namespace

PatchWorker::PatchWorker(Inspect inspect, OnResult on_result)
    : m_inspect(std::move(inspect)), m_on_result(std::move(on_result)),
      m_thread([this] { run(); }) {}

PatchWorker::~PatchWorker() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_wake.notify_all();
  m_thread.join();
}

void PatchWorker::add(PatchJob job) {
  {
    const std::lock_guard lock(m_mutex);
    m_waiting_bytes += job.stamp.size;
    m_jobs.push_back(std::move(job));
  }
  m_wake.notify_all();
}

std::size_t PatchWorker::pending() const {
  const std::lock_guard lock(m_mutex);
  return m_jobs.size() + (m_busy ? 1 : 0);
}

PatchResult PatchWorker::work_on(PatchJob job) const {
  PatchResult result;
  result.job = std::move(job);
  if (result.job.hash_link)
    result.link = result.job.hash_link();
  const std::int64_t now_ns = realtime_ns();
  auto finished = read_whole(result.job.ko);
  if (!finished || !(finished->stamp == result.job.stamp))
    return result;
  // This reads the file again: only the two hashes tell that both reads saw the same bytes.
  const BtfSections sections = m_inspect(result.job.ko);
  blank_out(finished->bytes, sections.numbered);
  const ContentHash rest = hash_bytes(finished->bytes);
  const bool is_known = result.job.rest.is_known();
  if (is_known && (rest != result.job.rest || sections.hash != result.job.btf))
    return result;
  const auto after = stamp_of(result.job.ko);
  if (!after || !(*after == result.job.stamp))
    return result;
  result.rest = rest;
  result.btf = sections.hash;
  result.is_settled = is_settled(finished->stamp, now_ns);
  if (!result.job.pristine)
    return result;
  // If the link output already has .BTF, it is not pristine: a step on it would not be clean.
  if (m_inspect(result.job.pristine->path()).has_btf)
    return result;
  auto pristine = read_whole(result.job.pristine->path());
  if (!pristine || hash_bytes(pristine->bytes) != result.job.pristine->hash())
    return result;
  if (auto patch = make_patch(finished->bytes, pristine->bytes))
    result.patch = *std::move(patch);
  return result;
}

void PatchWorker::set_idle(bool idle) {
  if (idle == m_is_idle_class)
    return;
  // Leaving SCHED_IDLE needs no privilege since Linux 2.6.39; on failure the thread stays slow.
  const sched_param parameters{};
  ::sched_setscheduler(0, idle ? SCHED_IDLE : SCHED_OTHER, &parameters);
  m_is_idle_class = idle;
}

void PatchWorker::run() {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_wake.wait(lock, [this] { return m_stop || !m_jobs.empty(); });
    if (m_stop)
      return;
    PatchJob job = std::move(m_jobs.front());
    m_jobs.pop_front();
    m_busy = true;
    const std::uint64_t bytes = job.stamp.size;
    const bool is_hurry = m_waiting_bytes > k_hurry_bytes;
    lock.unlock();
    set_idle(!is_hurry);
    PatchResult nothing;
    nothing.job = job;
    auto result = guarded([&] { return work_on(std::move(job)); });
    m_on_result(result ? *std::move(result) : std::move(nothing));
    lock.lock();
    m_busy = false;
    m_waiting_bytes -= bytes;
    if (m_jobs.empty())
      ::malloc_trim(0); // otherwise the buffers of the largest module stay resident for hours
  }
}

} // namespace kbtf
