// SPDX-License-Identifier: GPL-2.0-only
// One connection: sends the greeting, then reads requests one after the other and sends each
// reply; while a reply takes long, a "busy" frame twice a second, so that the client can tell a
// working daemon from a hung one. Any breach of the protocol closes the connection.
// docs/protocol.md. Knows frames and envelopes, not verbs. Event loop's thread; kept alive by its
// own pending reads, writes and replies, and gone when the peer is.
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
  // `on_request` is called for each request: the daemon is not idle.
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
  std::deque<std::string> m_out; // front: being written
  bool m_is_serving = false;
};

} // namespace kbtf
