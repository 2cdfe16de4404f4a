// SPDX-License-Identifier: GPL-2.0-only
// The daemon's background hand: after a module's BTF step it reads the finished file once more,
// confirms its content, and makes the patch back to the pristine bytes, one module after the other,
// on one thread that runs only when the machine has nothing better to do (SCHED_IDLE, sched(7)) as
// long as few copies wait.
// Knows files, not records: results go to a callback, called on the worker's thread.
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
  FileStamp stamp;          // of the finished .ko; a file that has moved on is left alone
  ContentHash rest, btf;    // what it held when the step ended; unknown: not read yet (adopted)
  PristineCopyPtr pristine; // null: only read the finished file
  std::function<ContentHash()> hash_link; // gives the link key; empty: it was not linked
  std::shared_ptr<void> token;            // the caller's, kept until the result is dropped
};

// What a caller that can read ELF says of a .ko.
struct BtfSections {
  bool has_btf = false;            // there is a .BTF
  ContentHash hash;                // of .BTF, .BTF.base and .BTF_ids together
  std::vector<ByteRange> numbered; // where .BTF and .BTF_ids lie: blank in the patch's reference
};

struct PatchResult {
  PatchJob job;
  ContentHash rest;             // unknown: the file could not be read, has moved on, or holds
                                // something else than the job says
  ContentHash btf;              // BtfSections::hash of the finished file
  bool is_settled = false;      // it was read when its stamp could not stand for other bytes
  ContentHash link;             // what hash_link gave
  std::vector<std::byte> patch; // empty: none was wanted or none could be made
};

class PatchWorker {
public:
  using OnResult = std::function<void(PatchResult)>;
  using Inspect = std::function<BtfSections(const std::string& path)>;
  // Both are called on the worker's thread.
  PatchWorker(Inspect inspect, OnResult on_result);
  PatchWorker(const PatchWorker&) = delete;
  PatchWorker& operator=(const PatchWorker&) = delete;
  ~PatchWorker(); // drops what is queued, waits for the job at hand

  // Queues a job; any thread.
  void add(PatchJob job);
  // Jobs queued or at hand whose result has not been delivered; any thread.
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
  std::thread m_thread; // last: starts when everything else is there
};

} // namespace kbtf
