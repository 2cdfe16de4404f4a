// SPDX-License-Identifier: GPL-2.0-only
// The end of a module stage: the daemon writes the BTF of the modules that it renumbered, and the
// client prints the summary. kbtf.mk makes the client the shell of __modfinal, whose recipe make
// runs after all modules, and passes the rest in the environment of that recipe: KBTF_STAGE, the
// stage; KBTF_RENUMBERED, not empty if the plan promised BTF to some modules; KBTF_SHELL, make's
// own SHELL, perhaps with arguments; KBTF_AGAIN, the command of this make.
#pragma once

#include <string>
#include <vector>

namespace kbtf {

// Whether this process was called as that shell: with any shell flags, and a recipe. The variables
// alone are not enough: GNU make 4.3 exports them to the modules' recipes too.
[[nodiscard]] bool is_stage_end(const std::vector<std::string>& args);

// `args` is what make passes to a shell: .SHELLFLAGS, then the recipe. Ends the stage, prints
// Kbuild's "BTF [M]" lines and the "KBTF" line unless make is silent, and execs the user's shell
// with the same arguments and without the variables above; skips the shell for the recipe ":". If
// the daemon cannot write all that was promised, first runs KBTF_AGAIN once: linking every module
// if the daemon is gone, or if this was the second time. Returns the exit status.
[[nodiscard]] int stage_end_as_shell(std::vector<std::string> args);

} // namespace kbtf
