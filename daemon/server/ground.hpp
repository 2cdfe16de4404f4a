// SPDX-License-Identifier: GPL-2.0-only
// What all objects of the service share: records, caches, threads, and counts of work in progress.
// One per daemon; owned by Service, which outlives all objects that refer to it. Used on the event
// loop's thread only, except `hashes` and `bases` (any thread), and what runs in `pool` and `idle`.
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
  std::string state_dir;     // empty: no directory may be used; the next three are empty, too
  std::string copy_dir;      // for pristine copies and pahole's output; empty: no copies are kept
  std::string base_dir;      // for old bases; empty: nothing is renumbered
  std::string check_dir;     // for modules of the self-check; empty: no self-check
  std::string state_warning; // for "kbtf status", from claim_state_dir() or StateDb::open()
  std::string log;           // what set_up_logging() returned
};

struct Ground {
  Ground(boost::asio::io_context& loop, Places places, StateDb db);
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() = default;

  // Runs `work` on the pool, then `then(result)` on the loop. The result is an Expected: the one
  // that `work` returns, or of the T that it returns. An exception becomes the error.
  template <typename Work, typename Then> void offload(Work work_, Then then) {
    boost::asio::post(pool, [this, work_ = std::move(work_), then = std::move(then)]() mutable {
      auto result = guarded(work_);
      boost::asio::post(loop, [then = std::move(then), result = std::move(result)]() mutable {
        then(std::move(result));
      });
    });
  }
  // Ends the threads. After that nothing of theirs uses the service's objects.
  void stop();

  boost::asio::io_context& loop;
  Places places;
  Records records;
  FileHashes hashes;
  BaseStore bases;
  unsigned threads; // number of pool threads that a plan's work is spread over
  std::function<void()>
      on_idle_queue_empty; // on the idle worker's thread; set before its first job
  // Last: what runs there posts to the loop and uses nothing else that changes.
  ThreadPool pool;
  IdleWorker idle;
  OpenWork work;                      // results not yet taken: what "kbtf drain" waits for
  OpenWork hurry;                     // a build waits, or a base is being stored: holds idle work
  std::function<void()> on_work_done; // on the loop, once no `work` is left
};

} // namespace kbtf
