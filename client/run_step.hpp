// SPDX-License-Identifier: GPL-2.0-only
// `kbtf run`: wraps the tree's own cmd_btf_ko for one module. Tells the daemon before and after;
// has it put the pristine bytes in place where the .ko was not just linked; links the module
// itself, by the tree's own command, where that cannot be done. While the step runs the .ko has an
// old time stamp (util/old_time.hpp). Without a daemon it does what a clean stock build does. The
// first client of a stage that finds the daemon gone leaves the mark stage-ID.down in the runtime
// directory, and says so; the others then do not wait for it.
#pragma once

#include <string>

namespace kbtf {

struct RunOptions {
  std::string stage;
  std::string ko;
  std::string command;            // cmd_btf_ko, expanded
  std::string relink;             // cmd_ld_ko_o, expanded
  std::string inputs;             // what that reads, separated by blanks
  std::string shell = "/bin/sh";  // make's SHELL, perhaps with arguments
  std::string shell_flags = "-c"; // make's .SHELLFLAGS
  std::string quiet;              // $(quiet): "quiet_", "silent_" or ""
  bool linked = false;            // make has just linked the .ko, or tried to
};

// Ends the process as the command ended.
[[noreturn]] void run_step(const RunOptions& options);

} // namespace kbtf
