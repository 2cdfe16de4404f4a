// SPDX-License-Identifier: GPL-2.0-only
// A connection to kbtfd (docs/protocol.md): connect, check the greeting, ask and wait. Every
// failure of a daemon (dead, hung, foreign, older) becomes an error after at most one silence
// limit, or after the request limit if the daemon keeps sending busy frames; the caller then runs
// the stock commands. Never starts a daemon. Blocking; one thread, one request at a time.
#pragma once

#include "proto/message.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>

namespace kbtf {

// How long the daemon may stay silent. It sends a busy frame twice a second while it works, so
// after a longer silence it hangs.
inline constexpr std::chrono::milliseconds k_silence_limit{2000};

// How long a daemon may be busy with one request. The longest legitimate request is the plan of a
// distribution's modules after a cold start, which reads all of them (8 GB) from a slow disk: some
// minutes. After that a busy frame says only that the event loop runs; what the daemon waits for,
// such as a file system that does not answer, may never come.
inline constexpr std::chrono::milliseconds k_request_limit = std::chrono::minutes{10};

struct Limits {
  std::chrono::milliseconds silence = k_silence_limit;
  std::chrono::milliseconds request = k_request_limit;
};

// The process that listens on the daemon's socket, whether it answers or not (SO_PEERCRED,
// unix(7)). Errors: refused (nobody listens, not ours, or the process is not kbtfd: systemd, with
// socket activation and no daemon).
[[nodiscard]] Expected<pid_t> find_daemon();

// Whether a running process has the daemon's name (/proc/PID/comm, proc(5)).
[[nodiscard]] bool is_named_kbtfd(pid_t pid);

class Connection {
public:
  // Connects to the daemon's socket. Errors: refused (nobody listens, or another user's daemon), io
  // (it hangs), unsupported (another protocol version), malformed (not kbtfd).
  [[nodiscard]] static Expected<Connection> open(Limits limits = {});

  // Sends a request and waits for its reply, within the limits. Errors: as open(), and the daemon's
  // own (refused). After io, malformed or a lost connection the object is unusable.
  template <typename Request>
  [[nodiscard]] Expected<typename VerbOf<Request>::Reply> ask(const Request& request) {
    auto body = exchange(make_request(request));
    if (!body)
      return body.forward_error();
    return from_body<typename VerbOf<Request>::Reply>(*body);
  }

  [[nodiscard]] const Greeting& greeting() const { return m_greeting; }

private:
  using Clock = std::chrono::steady_clock;
  Connection(Fd socket, Limits limits) : m_socket(std::move(socket)), m_limits(limits) {}
  [[nodiscard]] Expected<nlohmann::json> exchange(const nlohmann::json& request);
  [[nodiscard]] Status send_text(const std::string& text);
  [[nodiscard]] Expected<nlohmann::json> receive();
  [[nodiscard]] Status receive_bytes(char* data, std::size_t size);
  [[nodiscard]] Status wait_for(short events) const;
  [[nodiscard]] Error late() const;

  Fd m_socket;
  Limits m_limits;
  Clock::time_point m_deadline = Clock::now() + k_request_limit; // of the current wait
  Greeting m_greeting;
};

} // namespace kbtf
