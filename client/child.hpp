// SPDX-License-Identifier: GPL-2.0-only
// Runs one command as a child that sees what this process sees: environment, directory, standard
// streams, jobserver descriptors, process group. Signals sent to this process reach the child; this
// process ends as the child ended. Installs signal handlers permanently and keeps one child in a
// global: one child at a time, no threads.
#pragma once

#include "util/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

// How a child ended.
struct ChildEnd {
  int exit_status = 0; // if signal is 0
  int signal = 0;

  [[nodiscard]] bool is_success() const { return signal == 0 && exit_status == 0; }
  // As the shell reports it: 128 + signal.
  [[nodiscard]] int shell_status() const { return signal != 0 ? 128 + signal : exit_status; }
};

// Runs argv[0], found along PATH, and waits. Passes on SIGTERM, SIGHUP and SIGUSR1. Waits out
// SIGINT and SIGQUIT, which a terminal sends to the whole group, as system(3) does. Keeps ignoring
// what the caller ignores. Errors: not_found, io: it did not start.
[[nodiscard]] Expected<ChildEnd> run_child(const std::vector<std::string>& argv);

// Execs argv[0], found along PATH. Returns only if that fails. Errors: not_found, io.
[[nodiscard]] Error become(const std::vector<std::string>& argv);

// Ends this process as the child ended: same status, or killed by the same signal, so that make and
// shells see the same as without us. Does not return.
[[noreturn]] void end_like(const ChildEnd& end);

} // namespace kbtf
