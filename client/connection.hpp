// SPDX-License-Identifier: GPL-2.0-only
// A connection to kbtfd (docs/protocol.md): connect, check the greeting, ask and wait. Every way in
// which a daemon can fail (dead, hung, foreign, older) comes back as an error after at most one
// silence limit; the caller then runs the stock commands. Never starts a daemon. Blocking; one
// thread, one request at a time.
#pragma once

#include "proto/error.hpp"
#include "proto/fd.hpp"
#include "proto/message.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>

namespace kbtf {

// How long the daemon may stay silent. It sends a busy frame twice a second while it works, so a
// longer silence means that it hangs.
inline constexpr std::chrono::milliseconds k_silence_limit{2000};

// The process that listens on the daemon's socket, whether it answers or not (SO_PEERCRED,
// unix(7)). Errors: refused (nobody listens, not ours, or a process that is no kbtfd: with socket
// activation and no daemon that is systemd).
[[nodiscard]] Expected<pid_t> find_daemon();

// Whether a process that runs has the daemon's name (/proc/PID/comm, proc(5)).
[[nodiscard]] bool is_named_kbtfd(pid_t pid);

class Connection {
public:
  // Connects to the daemon's socket. Errors: refused (nobody listens, or another user's daemon),
  // timeout (it hangs), incompatible (another protocol version), malformed (no kbtfd).
  [[nodiscard]] static Expected<Connection> open();

  // Sends a request and waits for its reply, however long that takes while busy frames come.
  // Errors: as open(), and the daemon's own (refused). After timeout, malformed or a lost
  // connection it is of no further use.
  template <typename Request>
  [[nodiscard]] Expected<typename VerbOf<Request>::Reply> ask(const Request& request) {
    auto body = exchange(make_request(request));
    if (!body)
      return body.forward_error();
    return from_body<typename VerbOf<Request>::Reply>(*body);
  }

  [[nodiscard]] const Greeting& greeting() const { return m_greeting; }

private:
  explicit Connection(Fd socket) : m_socket(std::move(socket)) {}
  [[nodiscard]] Expected<nlohmann::json> exchange(const nlohmann::json& request);
  [[nodiscard]] Status send_text(const std::string& text);
  [[nodiscard]] Expected<nlohmann::json> receive();
  [[nodiscard]] Status receive_bytes(char* data, std::size_t size);

  Fd m_socket;
  Greeting m_greeting;
};

} // namespace kbtf
