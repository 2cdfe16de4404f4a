// SPDX-License-Identifier: GPL-2.0-only
// Watcher using inotify(7), read on an Asio event loop. All calls and callbacks are on that loop's
// thread. On a limit (ENOSPC: max_user_watches; IN_Q_OVERFLOW) events are missing; logged once.
#pragma once

#include "daemon/watch/watcher.hpp"

#include <memory>

#include <boost/asio/io_context.hpp>

namespace kbtf {

// Never null: without inotify, returns a watcher that never reports.
[[nodiscard]] std::unique_ptr<Watcher> make_inotify_watcher(boost::asio::io_context& loop,
                                                            Watcher::OnChange on_change);

} // namespace kbtf
