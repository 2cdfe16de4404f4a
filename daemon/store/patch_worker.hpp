// SPDX-License-Identifier: GPL-2.0-only
// The daemon's background worker: after a module's BTF step it reads the finished file again,
// confirms its content, and makes the patch back to the pristine bytes. One module at a time, on
// one thread, which is SCHED_IDLE (sched(7)) as long as few copies wait. Knows files, not records:
// results go to a callback on the worker's thread.
#pragma once

#include "daemon/model/stamped_hash.hpp"
#include "daemon/store/pristine.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kbtf {

struct PatchJob {
  std::string ko;
  FileStamp stamp;          // of the finished .ko; if the file has changed since, it is left alone
  ContentHash rest, btf;    // its content when the step ended; unknown: not read yet (adopted)
  PristineCopyPtr pristine; // null: only read the finished file
  std::function<ContentHash()> hash_link; // returns the link key; empty: not linked
  std::shared_ptr<void> token;            // the caller's, held until the result is dropped
};

// What the caller, which can read ELF, finds in a .ko.
struct BtfSections {
  bool has_btf = false;            // has a .BTF section
  ContentHash hash;                // of .BTF, .BTF.base and .BTF_ids together
  std::vector<ByteRange> numbered; // where .BTF and .BTF_ids lie: blank in the patch's reference
};

struct PatchResult {
  PatchJob job;
  ContentHash rest;             // unknown: the file could not be read, has changed, or does not
                                // hold what the job says
  ContentHash btf;              // BtfSections::hash of the finished file
  bool is_settled = false;      // when it was read, its stamp could not stand for other bytes
  ContentHash link;             // what hash_link returned
  std::vector<std::byte> patch; // empty: none was asked for or none could be made
};

class PatchWorker {
public:
  using OnResult = std::function<void(PatchResult)>;
  using Inspect = std::function<BtfSections(const std::string& path)>;
  // Both are called on the worker's thread.
  PatchWorker(Inspect inspect, OnResult on_result);
  PatchWorker(const PatchWorker&) = delete;
  PatchWorker& operator=(const PatchWorker&) = delete;
  ~PatchWorker(); // drops queued jobs, waits for the running one

  // Queues a job; any thread.
  void add(PatchJob job);
  // Jobs queued or running, whose result has not been delivered; any thread.
  [[nodiscard]] std::size_t pending() const;

private:
  void run();
  [[nodiscard]] PatchResult work_on(PatchJob job) const;
  void set_idle(bool idle);

  Inspect m_inspect;
  OnResult m_on_result;
  mutable std::mutex m_mutex;
  std::condition_variable m_wake;
  std::deque<PatchJob> m_jobs;
  std::uint64_t m_waiting_bytes = 0;
  bool m_busy = false;
  bool m_stop = false;
  bool m_is_idle_class = false;
  std::thread m_thread; // last: starts after everything else is initialized
};

} // namespace kbtf
