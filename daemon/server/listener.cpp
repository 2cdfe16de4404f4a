// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/listener.hpp"

#include "util/own_user.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace kbtf {
Expected<Fd> listen_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return unexpected(ErrorKind::unsupported,
                      path + ": too long for a socket; set KBTF_RUNTIME_DIR to a shorter one");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd)
    return unexpected(errno_error("socket"));
  if (const auto there = owner_of(path); there && !S_ISSOCK(there->mode))
    return unexpected(ErrorKind::refused, path + ": exists and is not a socket");
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0)
    return unexpected(errno_error(path));
  return fd;
}

Listener::Listener(boost::asio::io_context& loop, Fd socket, Service& service,
                   std::chrono::seconds idle, std::function<void()> on_idle)
    : m_acceptor(loop, boost::asio::local::stream_protocol(), socket.release()), m_service(service),
      m_idle(idle), m_on_idle(std::move(on_idle)), m_idle_timer(loop), m_retry_timer(loop) {
  accept_next();
  restart_idle_timer();
}

void Listener::stop() {
  boost::system::error_code ignored;
  m_acceptor.close(ignored);
}

void Listener::accept_next() {
  m_acceptor.async_accept([this](boost::system::error_code error, Session::Socket socket) {
    if (error == boost::asio::error::operation_aborted)
      return;
    if (error) {
      // Out of descriptors: serve the waiting clients when others have left.
      spdlog::warn("accept: {}", error.message());
      m_retry_timer.expires_after(std::chrono::milliseconds{100});
      m_retry_timer.async_wait([this](boost::system::error_code aborted) {
        if (!aborted)
          accept_next();
      });
      return;
    }
    // Other users can hardly connect: the directory is ours. But a socket can be passed in.
    const auto peer = peer_of(socket.native_handle());
    if (peer && peer->is_trusted)
      std::make_shared<Session>(std::move(socket), m_service, [this] {
        restart_idle_timer();
      })->start();
    else if (const auto count = m_turned_away.count(std::chrono::steady_clock::now()))
      spdlog::warn("{} connections from other users refused (logged once per minute)", count);
    accept_next();
  });
}

void Listener::restart_idle_timer() {
  if (m_idle.count() == 0)
    return;
  m_idle_timer.expires_after(m_idle);
  m_idle_timer.async_wait([this](boost::system::error_code error) {
    if (error)
      return;
    if (m_service.is_busy())
      restart_idle_timer();
    else
      m_on_idle();
  });
}

} // namespace kbtf
