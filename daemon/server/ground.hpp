// SPDX-License-Identifier: GPL-2.0-only
// What every object of the service stands on: the records, caches, threads, and the counts of what
// is under way. One per daemon, owned by Service, which outlives all objects that refer to it.
// All of it is used on the event loop's thread but `hashes`, `bases` (any thread), and what runs in
// `pool` and `idle`.
#pragma once

#include "daemon/server/idle_worker.hpp"
#include "daemon/server/open_work.hpp"
#include "daemon/server/records.hpp"
#include "daemon/server/thread_pool.hpp"
#include "daemon/store/base_store.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "util/guarded.hpp"

#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace kbtf {

struct Places {
  std::string runtime_dir;
  std::string state_dir;     // empty: no directory may be used, as for the next three
  std::string copy_dir;      // for pristine copies and pahole's output; empty: none can be kept
  std::string base_dir;      // for old bases; empty: nothing is renumbered
  std::string check_dir;     // for modules of the self-check; empty: there is none
  std::string state_warning; // for "kbtf status", of StateDb::open
  std::string log;           // where set_up_logging writes
};

struct Ground {
  Ground(boost::asio::io_context& loop, Places places, StateDb db);
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() = default;

  // Runs `work` on the pool, then `then(result)` on the loop. The result is an Expected: that of
  // `work`, or of a T that it returns; the error may also be an exception.
  template <typename Work, typename Then> void offload(Work work_, Then then) {
    boost::asio::post(pool, [this, work_ = std::move(work_), then = std::move(then)]() mutable {
      auto result = guarded(work_);
      boost::asio::post(loop, [then = std::move(then), result = std::move(result)]() mutable {
        then(std::move(result));
      });
    });
  }
  // Ends the threads: nothing of theirs uses the service's objects afterwards.
  void stop();

  boost::asio::io_context& loop;
  Places places;
  Records records;
  FileHashes hashes;
  BaseStore bases;
  unsigned threads; // of the pool that a plan's work is spread over
  std::function<void()>
      on_idle_queue_empty; // on the idle worker's thread; set before its first job
  // Last: what runs there posts to the loop and uses nothing else that changes.
  ThreadPool pool;
  IdleWorker idle;
  OpenWork work;  // its results are still to be taken: what "kbtf drain" waits for
  OpenWork hurry; // a build waits, or a base is being stored: idle work is held meanwhile
  std::function<void()> on_work_done; // on the loop, when `work` has ended
};

} // namespace kbtf
