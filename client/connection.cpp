// SPDX-License-Identifier: GPL-2.0-only
#include "client/connection.hpp"

#include "proto/endpoint.hpp"
#include "proto/framing.hpp"
#include "proto/version.hpp"
#include "util/file_view.hpp"
#include "util/own_user.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace kbtf {
namespace {

Error silent_daemon(std::chrono::milliseconds limit) {
  return {ErrorKind::io, "kbtfd does not respond (" + std::to_string(limit.count()) + " ms)"};
}

// It exited or was killed with this connection open: EPIPE, ECONNRESET or end of file.
Error gone_daemon() {
  return {ErrorKind::refused, "lost the connection to kbtfd"};
}

struct Link {
  Fd socket;
  pid_t peer; // the listening process
};

Expected<Link> connect_to_daemon() {
  const std::string path = socket_path();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return unexpected(ErrorKind::refused, path + ": too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket)
    return unexpected(errno_error("socket"));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EAGAIN) // the queue of a daemon that does not accept is full
      return unexpected(silent_daemon(k_silence_limit));
    return unexpected(ErrorKind::refused, "kbtfd is not running (start it with: kbtf start)");
  }
  const auto peer = peer_of(socket.get());
  if (!peer || !peer->is_trusted)
    return unexpected(ErrorKind::refused, path + ": belongs to another user");
  return Link{std::move(socket), peer->pid};
}

} // namespace

bool is_named_kbtfd(pid_t pid) {
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(comm, name) && name == "kbtfd";
}

Expected<pid_t> find_daemon() {
  auto link = connect_to_daemon();
  if (!link)
    return link.forward_error();
  if (!is_named_kbtfd(link->peer))
    return unexpected(ErrorKind::refused, socket_path() + ": the listener is not kbtfd");
  return link->peer;
}

Error Connection::late() const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(m_limits.request);
  return {ErrorKind::io, "kbtfd is still busy after " + std::to_string(seconds.count()) + " s"};
}

Status Connection::wait_for(short events) const {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(m_deadline - Clock::now());
  if (left <= milliseconds{0})
    return unexpected(late());
  pollfd poll{m_socket.get(), events, 0};
  int n = 0;
  do {
    n = ::poll(&poll, 1, static_cast<int>(std::min(left, m_limits.silence).count()));
  } while (n < 0 && errno == EINTR);
  if (n < 0)
    return unexpected(errno_error("poll"));
  if (n == 0)
    return unexpected(left < m_limits.silence ? late() : silent_daemon(m_limits.silence));
  return Ok{};
}

Expected<Connection> Connection::open(Limits limits) {
  auto link = connect_to_daemon();
  if (!link)
    return link.forward_error();
  Connection connection(std::move(link->socket), limits);
  auto first = connection.receive();
  if (!first)
    return first.forward_error();
  auto greeting = from_body<Greeting>(*first);
  if (!greeting || greeting->kbtfd.empty())
    return unexpected(ErrorKind::malformed, socket_path() + ": the listener is not kbtfd");
  if (greeting->protocol != k_protocol_version)
    return unexpected(ErrorKind::unsupported,
                      "kbtfd " + greeting->kbtfd + " speaks protocol " +
                          std::to_string(greeting->protocol) + ", kbtf " + k_version + " speaks " +
                          std::to_string(k_protocol_version) + " (kbtf stop; kbtf start)");
  if (greeting->view != file_view())
    return unexpected(
        ErrorKind::unsupported,
        "kbtfd runs in another container or chroot, where these paths are other files "
        "(set KBTF_RUNTIME_DIR to run one here)");
  connection.m_greeting = *std::move(greeting);
  return connection;
}

Expected<nlohmann::json> Connection::exchange(const nlohmann::json& request) {
  auto frame = encode_frame(request);
  if (!frame)
    return frame.forward_error();
  m_deadline = Clock::now() + m_limits.request;
  if (auto sent = send_text(*frame); !sent)
    return sent.forward_error();
  for (;;) {
    auto message = receive();
    if (!message)
      return message;
    if (!is_busy(*message))
      return parse_reply(*message);
    if (Clock::now() >= m_deadline)
      return unexpected(late());
  }
}

Status Connection::send_text(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::send(m_socket.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(POLLOUT); !ready)
        return ready;
    } else if (errno != EINTR) {
      return unexpected(gone_daemon());
    }
  }
  return Ok{};
}

Expected<nlohmann::json> Connection::receive() {
  FrameHeader header{};
  if (auto got = receive_bytes(reinterpret_cast<char*>(header.data()), header.size()); !got)
    return got.forward_error();
  auto size = decode_frame_length(header);
  if (!size)
    return size.forward_error();
  std::string payload(*size, '\0');
  if (auto got = receive_bytes(payload.data(), payload.size()); !got)
    return got.forward_error();
  return decode_payload(payload);
}

Status Connection::receive_bytes(char* data, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::recv(m_socket.get(), data + done, size - done, 0);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n == 0) {
      return unexpected(gone_daemon());
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(POLLIN); !ready)
        return ready;
    } else if (errno != EINTR) {
      return unexpected(gone_daemon());
    }
  }
  return Ok{};
}

} // namespace kbtf
