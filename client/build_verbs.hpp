// SPDX-License-Identifier: GPL-2.0-only
// The verbs of a build: `make` and `env` for people, `plan` and `stage-end` for the hook. None of
// them ever fails a build: on an error they print one line to standard error and fall back to the
// stock commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// kbtf make ARGS…: starts the daemon, adds the hook to MAKEFILES, and execs make. Returns only if
// make cannot be started (127).
[[nodiscard]] int make_verb(const std::vector<std::string>& args);

// kbtf env: prints shell commands that set up a shell as `make` sets up one make.
[[nodiscard]] int env_verb();

struct PlanOptions {
  std::string modules_order, target, command, pahole_flags, script_flags, dropped_flag, kernel,
      rule;
  std::string relink, inputs; // cmd_ld_ko_o, expanded for `target`, and its inputs
  std::vector<std::string> tools;
  std::uint64_t module_count = 0;
  bool sends_stage_end = false;
  bool with_reasons = false;
};
// kbtf plan: prints make assignments, separated by blanks, for the hook to $(eval): the stage's id
// and, for each module that is not untouched, how it is served (and why, without blanks). Variables
// of kbtf.mk's replace characters that would end a module's name on the left side of an assignment.
// Prints nothing if the stage must fall back to the stock build.
[[nodiscard]] int plan_verb(const PlanOptions& options);

} // namespace kbtf
