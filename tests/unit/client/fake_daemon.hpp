// SPDX-License-Identifier: GPL-2.0-only
// Test helper: something that listens where kbtfd would and says what a test wants it to say.
#pragma once

#include "proto/endpoint.hpp"
#include "proto/framing.hpp"
#include "proto/message.hpp"
#include "proto/version.hpp"
#include "tests/unit/scoped_env.hpp"
#include "tests/unit/temp_dir.hpp"
#include "util/fd.hpp"
#include "util/file_view.hpp"

#include <cstring>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

namespace kbtf::test {

// A runtime directory of the test's own.
class RuntimeDir {
public:
  RuntimeDir() {
    m_env.set("KBTF_RUNTIME_DIR", m_dir.path());
    m_env.unset("KBTF_NO_DAEMON");
  }
  [[nodiscard]] const TempDir& dir() const { return m_dir; }

private:
  TempDir m_dir;
  ScopedEnv m_env;
};

inline Fd listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 1) != 0)
    throw std::runtime_error("cannot listen on " + path);
  return fd;
}

// The daemon's end of one connection.
class Peer {
public:
  explicit Peer(Fd socket) : m_socket(std::move(socket)) {}

  void send_bytes(const std::string& bytes) {
    (void)::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void send(const nlohmann::json& message) { send_bytes(*encode_frame(message)); }
  void greet(int protocol = k_protocol_version) {
    send(Greeting{"0.0-fake", protocol, {"plan"}, file_view()});
  }
  // The next request; null when the client went away.
  nlohmann::json receive() {
    FrameHeader header{};
    if (::recv(m_socket.get(), header.data(), header.size(), MSG_WAITALL) !=
        static_cast<ssize_t>(header.size()))
      return nullptr;
    std::string payload(*decode_frame_length(header), '\0');
    (void)::recv(m_socket.get(), payload.data(), payload.size(), MSG_WAITALL);
    return *decode_payload(payload);
  }

private:
  Fd m_socket;
};

// Accepts one connection, and has `talk` speak on it in a thread of its own.
class FakeDaemon {
public:
  explicit FakeDaemon(std::function<void(Peer&)> talk)
      : m_listener(listen_at(socket_path())), m_thread([this, talk = std::move(talk)] {
          Fd socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
          if (!socket)
            return;
          Peer peer(std::move(socket));
          talk(peer);
        }) {}
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon() { finish(); }

  // Waits until `talk` has ended.
  void finish() {
    ::shutdown(m_listener.get(), SHUT_RDWR); // nobody came: accept ends
    if (m_thread.joinable())
      m_thread.join();
  }

private:
  Fd m_listener;
  std::thread m_thread;
};

} // namespace kbtf::test
