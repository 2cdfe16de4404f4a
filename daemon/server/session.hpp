// SPDX-License-Identifier: GPL-2.0-only
// One connection: sends the greeting, then reads one request at a time and sends its reply. If a
// reply takes long, sends a "busy" frame twice a second, so that the client can tell a working
// daemon from a hung one. Any breach of the protocol (docs/protocol.md) closes the connection.
// Knows frames and envelopes, not verbs. Event loop's thread; its pending reads, writes and replies
// keep it alive, and it goes away with the peer.
#pragma once

#include "daemon/server/service.hpp"
#include "proto/framing.hpp"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kbtf {

class Session : public std::enable_shared_from_this<Session> {
public:
  using Socket = boost::asio::local::stream_protocol::socket;
  // Calls `on_request` for each request: the daemon is not idle.
  Session(Socket socket, Service& service, std::function<void()> on_request);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  void close();

private:
  void read_header();
  void read_payload(std::uint32_t size);
  void serve();
  void send_busy_later();
  void send(const nlohmann::json& message);
  void write_next();

  Socket m_socket;
  Service& m_service;
  std::function<void()> m_on_request;
  boost::asio::steady_timer m_busy_timer;
  OpenStep m_step;
  FrameHeader m_header{};
  std::string m_payload;
  std::deque<std::string> m_out; // the front is being written
  bool m_is_serving = false;
};

} // namespace kbtf
