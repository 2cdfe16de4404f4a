// SPDX-License-Identifier: GPL-2.0-only
// Makes profiles (renumber/profile.hpp) when the machine has nothing better to do: one module after
// the other, on one thread of class SCHED_IDLE (sched(7)), which the pahole that it runs inherits.
// It is the one place where the daemon runs a pahole: the build's own, with the build's own flags,
// on a finished .ko, without a base, output into the daemon's directory.
// Knows files, not records: results go to a callback, called on the worker's thread.
#pragma once

#include "daemon/btf/module_content.hpp"
#include "daemon/renumber/profile.hpp"
#include "daemon/store/base_store.hpp"
#include "daemon/store/pristine.hpp"
#include "daemon/tools/pahole_call.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace kbtf {

struct ProfileJob {
  std::string ko;
  FileStamp stamp;                  // of the finished .ko; a file that has moved on is left alone
  ContentHash btf;                  // of its BTF sections
  ContentHash base;                 // that it was made against
  std::optional<PristinePatch> way; // `blank` is filled in by the worker
  std::shared_ptr<const PaholeOfStage> pahole;
};

struct ProfileResult {
  ProfileJob job;
  std::vector<std::byte> profile; // serialized; empty: none
  std::string why_not;            // one phrase, if there is none
  bool needs_pristine = false;    // there could be one with `job.way`
};

class ProfileWorker {
public:
  using OnResult = std::function<void(ProfileResult)>;
  // `scratch` is a path for pahole's output, in a directory of the daemon's; "" makes no profile.
  ProfileWorker(const BaseStore& bases, std::string scratch, OnResult on_result);
  ProfileWorker(const ProfileWorker&) = delete;
  ProfileWorker& operator=(const ProfileWorker&) = delete;
  ~ProfileWorker(); // drops what is queued, ends the pahole that runs

  // Queues a job; any thread. Its result is delivered unless the worker is destroyed before.
  void add(ProfileJob job);
  // While held no job begins; any thread.
  void hold(bool held);

private:
  void run();
  [[nodiscard]] ProfileResult work_on(ProfileJob job);
  [[nodiscard]] Expected<std::vector<std::byte>> profile_of(ProfileResult& result);
  [[nodiscard]] Expected<std::vector<std::byte>> full_btf(ProfileResult& result,
                                                          const ModuleSections& sections);
  [[nodiscard]] Expected<Profiler*> profiler_for(const ContentHash& base);

  const BaseStore& m_bases;
  std::string m_scratch;
  OnResult m_on_result;
  Fd m_cancel;                        // an eventfd: readable once the worker is to end
  ContentHash m_profiled_base;        // m_profiler's
  std::optional<Profiler> m_profiler; // of the worker's thread
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::deque<ProfileJob> m_jobs;
  bool m_is_held = false;
  bool m_stop = false;
  std::thread m_thread; // last: starts when everything else is there
};

} // namespace kbtf
