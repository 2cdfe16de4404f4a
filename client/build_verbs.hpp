// SPDX-License-Identifier: GPL-2.0-only
// The verbs of a build: `make` and `env` for people, `plan` and `stage-end` for the hook. None of
// them ever fails a build: what goes wrong is one line on standard error, and stock's commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// kbtf make ARGS…: starts the daemon, puts the hook into MAKEFILES, becomes make. Returns only
// when make cannot be started (127).
[[nodiscard]] int make_verb(const std::vector<std::string>& args);

// kbtf env: prints the shell commands that do for a shell what `make` does for one make.
[[nodiscard]] int env_verb();

struct PlanOptions {
  std::string modules_order, target, command, pahole_flags, script_flags, dropped_flag, kernel,
      rule;
  std::string relink, inputs; // cmd_ld_ko_o, expanded for `target`, and what it reads
  std::vector<std::string> tools;
  std::uint64_t module_count = 0;
  bool sends_stage_end = false;
  bool with_reasons = false;
};
// kbtf plan: prints make assignments, separated by blanks, for the hook to $(eval): the stage's
// id and, per module that is not untouched, how it is served (and why, without blanks). What would
// end a module's name on the left side of an assignment is written as a variable of kbtf.mk's.
// Prints nothing when the stage has to be stock's.
[[nodiscard]] int plan_verb(const PlanOptions& options);

} // namespace kbtf
