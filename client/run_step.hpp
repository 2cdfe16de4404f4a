// SPDX-License-Identifier: GPL-2.0-only
// `kbtf run`: wraps the tree's own cmd_btf_ko for one module. Tells the daemon before and after. If
// the .ko was not just linked, has the daemon restore the pristine bytes; if that fails, links the
// module itself with the tree's own command. While the step runs the .ko has an old time stamp
// (util/old_time.hpp). Without a daemon it does what a clean stock build does. The first client of
// a stage that finds the daemon gone leaves the mark stage-ID.down in the runtime directory and
// reports it; the other clients then do not wait for the daemon.
#pragma once

#include <string>

namespace kbtf {

struct RunOptions {
  std::string stage;
  std::string ko;
  std::string command;            // cmd_btf_ko, expanded
  std::string relink;             // cmd_ld_ko_o, expanded
  std::string inputs;             // its inputs, separated by blanks
  std::string shell = "/bin/sh";  // make's SHELL, perhaps with arguments
  std::string shell_flags = "-c"; // make's .SHELLFLAGS
  std::string quiet;              // $(quiet): "quiet_", "silent_" or ""
  bool linked = false;            // make has just linked the .ko, or tried to
};

// Ends the process as the command ended.
[[noreturn]] void run_step(const RunOptions& options);

} // namespace kbtf
