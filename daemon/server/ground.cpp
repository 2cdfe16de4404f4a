// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/ground.hpp"

#include <algorithm>
#include <malloc.h>
#include <thread>

namespace kbtf {

Ground::Ground(boost::asio::io_context& loop_, Places places_, StateDb db)
    : loop(loop_), places(std::move(places_)), records(std::move(db)), bases(places.base_dir),
      threads(std::max(1u, std::thread::hardware_concurrency())),
      pool(threads + 1), // one more for what blocks for long
      idle([this] {
        if (on_idle_queue_empty)
          on_idle_queue_empty();
        ::malloc_trim(0);
      }),
      work([this](OpenWork::Change change) {
        if (change == OpenWork::Change::ended)
          boost::asio::post(loop, [this] {
            if (on_work_done)
              on_work_done();
          });
      }),
      hurry([this](OpenWork::Change change) { idle.hold(change == OpenWork::Change::begun); }) {}

void Ground::stop() {
  pool.join();
  idle.stop();
}

} // namespace kbtf
