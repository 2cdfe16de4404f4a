// SPDX-License-Identifier: GPL-2.0-only
// Makes the link command of one module from that of another in the same stage. Kbuild has one
// cmd_ld_ko_o for all modules (scripts/Makefile.modfinal); only the names that begin with the
// module's own differ: fs/a.ko, fs/a.o, fs/a.mod.o. Pure text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// Takes `command`, expanded for the module `from` ("fs/a.ko"), and returns it for the module `to`.
// Empty if it does not name `from`, or if a name of `from` is part of a longer word.
[[nodiscard]] std::string link_command_for(std::string_view command, std::string_view from,
                                           std::string_view to);

// The same for a list of names, such as the link's prerequisites: replaces names of `from`, keeps
// the rest.
[[nodiscard]] std::vector<std::string> link_inputs_for(const std::vector<std::string>& inputs,
                                                       std::string_view from, std::string_view to);

// Whether two texts are the same command, ignoring blanks.
[[nodiscard]] bool is_same_command(std::string_view a, std::string_view b);

} // namespace kbtf
