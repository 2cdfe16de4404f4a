// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/session.hpp"

#include "proto/version.hpp"
#include "util/file_view.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

constexpr std::chrono::milliseconds k_busy_interval{500};

} // namespace

Session::Session(Socket socket, Service& service, std::function<void()> on_request)
    : m_socket(std::move(socket)), m_service(service), m_on_request(std::move(on_request)),
      m_busy_timer(m_socket.get_executor()) {
  m_step.peer =
      std::make_shared<Fd>(::fcntl(m_socket.native_handle(), F_DUPFD_CLOEXEC, 0)); // or none
}

Session::~Session() {
  m_service.abandon(m_step);
}

void Session::start() {
  send(Greeting{k_version, k_protocol_version, {"plan", "step", "explain"}, file_view()});
  read_header();
}

void Session::close() {
  boost::system::error_code ignored;
  m_busy_timer.cancel();
  m_socket.close(ignored);
}

void Session::read_header() {
  boost::asio::async_read(
      m_socket, boost::asio::buffer(m_header),
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (error)
          return self->close();
        auto size = decode_frame_length(self->m_header);
        if (!size) {
          spdlog::warn("client: {}", size.error().text);
          return self->close();
        }
        self->read_payload(*size);
      });
}

void Session::read_payload(std::uint32_t size) {
  m_payload.resize(size);
  boost::asio::async_read(
      m_socket, boost::asio::buffer(m_payload),
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (error)
          return self->close();
        self->serve();
      });
}

void Session::serve() {
  auto message = decode_payload(m_payload);
  auto envelope = message ? parse_request(*message) : message.forward_error();
  if (!envelope) {
    spdlog::warn("client: {}", envelope.error().text);
    return close();
  }
  m_on_request();
  m_is_serving = true;
  send_busy_later();
  m_service.handle(*envelope, m_step, [self = shared_from_this()](const nlohmann::json& reply) {
    self->m_is_serving = false;
    self->m_busy_timer.cancel();
    self->send(reply);
    self->read_header();
  });
}

void Session::send_busy_later() {
  m_busy_timer.expires_after(k_busy_interval);
  m_busy_timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || !self->m_is_serving || !self->m_socket.is_open())
      return;
    self->send(make_busy());
    self->send_busy_later();
  });
}

void Session::send(const nlohmann::json& message) {
  auto frame = encode_frame(message);
  if (!frame) {
    spdlog::warn("reply: {}", frame.error().text);
    frame = encode_frame(make_error(frame.error()));
  }
  m_out.push_back(*std::move(frame));
  if (m_out.size() == 1)
    write_next();
}

void Session::write_next() {
  boost::asio::async_write(
      m_socket, boost::asio::buffer(m_out.front()),
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (error)
          return self->close();
        self->m_out.pop_front();
        if (!self->m_out.empty())
          self->write_next();
      });
}

} // namespace kbtf
