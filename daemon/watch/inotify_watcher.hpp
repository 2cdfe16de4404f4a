// SPDX-License-Identifier: GPL-2.0-only
// Watcher by inotify(7), read on an Asio event loop. All calls and callbacks on that loop's
// thread. Limits (ENOSPC: max_user_watches; IN_Q_OVERFLOW) degrade to "no events", logged once.
#pragma once

#include "daemon/watch/watcher.hpp"

#include <memory>

#include <boost/asio/io_context.hpp>

namespace kbtf {

// Never null: where inotify cannot be had, a watcher that never reports is returned.
[[nodiscard]] std::unique_ptr<Watcher> make_inotify_watcher(boost::asio::io_context& loop,
                                                            Watcher::OnChange on_change);

} // namespace kbtf
