// SPDX-License-Identifier: GPL-2.0-only
// Runs a loop on several threads of a pool, without waiting for it.
#pragma once

#include "daemon/server/thread_pool.hpp"
#include "util/guarded.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/post.hpp>

namespace kbtf {

// Calls work(i) once for each i < count, from `threads` (1 or more) tasks of the pool, then done()
// from the last of them. If work(i) throws, its result stays what the caller put there.
inline void for_each_on_pool(ThreadPool& pool, unsigned threads, std::size_t count,
                             std::function<void(std::size_t)> work, std::function<void()> done) {
  struct Shared {
    std::function<void(std::size_t)> work;
    std::function<void()> done;
    std::size_t count;
    std::atomic<std::size_t> next{0};
    std::atomic<unsigned> running{0};
  };
  auto shared = std::make_shared<Shared>();
  shared->work = std::move(work);
  shared->done = std::move(done);
  shared->count = count;
  shared->running = threads;
  for (unsigned i = 0; i < threads; ++i)
    boost::asio::post(pool, [shared] {
      for (std::size_t at = shared->next++; at < shared->count; at = shared->next++)
        static_cast<void>(guarded([&] {
          shared->work(at);
          return Ok{};
        }));
      if (--shared->running == 0)
        shared->done();
    });
}

} // namespace kbtf
