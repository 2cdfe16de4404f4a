// SPDX-License-Identifier: GPL-2.0-only
// Runs one program for the daemon, bounded and without a terminal: in its own process group, with
// standard input from /dev/null and limits on time, CPU time, memory, output and core files, by
// default far above what any module needs. The program keeps the caller's scheduling class. Blocks;
// any thread.
#pragma once

#include "util/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

struct ChildProcess {
  std::vector<std::string> words;       // the first one is a path
  std::vector<std::string> environment; // "NAME=value", all of it
  std::string directory;                // working directory; empty: the caller's
  int output = -1;                      // for standard output and error; -1: /dev/null
  std::chrono::milliseconds patience = std::chrono::minutes(30); // the machine may be busy
  std::uint64_t max_output = std::uint64_t{1} << 30;             // bytes, in any one file
};

// Waits for the program to end and returns its status, as waitpid(2) gives it. Kills the program
// and all that it started if it takes too long or is cancelled: `cancel` is a descriptor that
// becomes readable then; -1: none. Errors: not_found, io.
[[nodiscard]] Expected<int> run_child_process(const ChildProcess& child, int cancel);

// The exit status of a program that ended by itself, or 128 + n if signal n killed it, as in a
// shell.
[[nodiscard]] int shell_status(int status);

} // namespace kbtf
