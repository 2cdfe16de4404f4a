// SPDX-License-Identifier: GPL-2.0-only
// The link command of one module, made from that of another of the same stage. Kbuild has one
// cmd_ld_ko_o for all of them (scripts/Makefile.modfinal), in which only the names that begin with
// the module's own differ: fs/a.ko, fs/a.o, fs/a.mod.o. Pure text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// `command` is expanded for the module `from` ("fs/a.ko"); returns it for the module `to`. Empty if
// it does not name `from`, or if a name of `from` is part of a longer word.
[[nodiscard]] std::string link_command_for(std::string_view command, std::string_view from,
                                           std::string_view to);

// The same for a list of names, such as the link's prerequisites: each as it is, or `to`'s.
[[nodiscard]] std::vector<std::string> link_inputs_for(const std::vector<std::string>& inputs,
                                                       std::string_view from, std::string_view to);

// Whether two texts are the same command: blanks do not count.
[[nodiscard]] bool is_same_command(std::string_view a, std::string_view b);

} // namespace kbtf
