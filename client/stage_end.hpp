// SPDX-License-Identifier: GPL-2.0-only
// The end of a module stage: the daemon writes the BTF of the modules that it renumbered, and the
// stage is summed up.
#pragma once

#include <string>

namespace kbtf {

// kbtf -c COMMAND, as the shell of the recipe of __modfinal, which make runs after all modules.
// Ends the stage KBTF_STAGE, prints Kbuild's "BTF [M]" lines and the "KBTF" line unless make is
// silent, then does what a shell would do with COMMAND. KBTF_RENUMBERED in the environment says
// that the plan promised BTF to some modules. If the daemon cannot keep that, KBTF_AGAIN, the
// command of this make, is run once more: with every module linked if there is no daemon any more.
// Returns the exit status.
[[nodiscard]] int stage_end_as_shell(const std::string& command);

} // namespace kbtf
