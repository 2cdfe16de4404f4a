// SPDX-License-Identifier: GPL-2.0-only
// The daemon's socket: listens, refuses other users' processes, starts a Session per connection,
// and reports when nothing has happened for the idle time. One thread.
#pragma once

#include "daemon/server/log_limit.hpp"
#include "daemon/server/service.hpp"
#include "daemon/server/session.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kbtf {

// Binds and listens on `path`. Replaces a socket file left by a dead daemon, which is safe only for
// the holder of the instance lock. Errors: io, unsupported (path too long), refused (something else
// has that name; left alone).
[[nodiscard]] Expected<Fd> listen_on(const std::string& path);

class Listener {
public:
  // Takes ownership of a listening socket. `idle` of zero: never idle.
  Listener(boost::asio::io_context& loop, Fd socket, Service& service, std::chrono::seconds idle,
           std::function<void()> on_idle);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() = default;

  // Stops accepting connections.
  void stop();

private:
  void accept_next();
  void restart_idle_timer();

  boost::asio::local::stream_protocol::acceptor m_acceptor;
  Service& m_service;
  std::chrono::seconds m_idle;
  std::function<void()> m_on_idle;
  boost::asio::steady_timer m_idle_timer;
  boost::asio::steady_timer m_retry_timer;
  LogLimit m_turned_away{std::chrono::minutes{1}};
};

} // namespace kbtf
