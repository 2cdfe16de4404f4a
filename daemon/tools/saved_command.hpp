// SPDX-License-Identifier: GPL-2.0-only
// The link command of a module as Kbuild keeps it in ".x.ko.cmd" (scripts/Kbuild.include, make-cmd
// and if_changed), and putting another file into a command that make expanded for one. Text only;
// any thread.
#pragma once

#include "util/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// The file beside `path` that keeps its command.
[[nodiscard]] std::string saved_command_file(const std::string& path);

// The command of `target` in the text of such a file, as a shell takes it: "savedcmd_TARGET := …"
// (6.2 on) or "cmd_TARGET := …", with make's "$$" and "$(pound)" undone. Empty if there is none.
[[nodiscard]] std::string saved_command(std::string_view text, const std::string& target);

// Replaces each `from` that stands as a word of its own, or next to shell punctuation, by `to`.
// Returns an empty string if there is none, or if `from` is also part of a longer word: that would
// still be read or written.
[[nodiscard]] std::string with_file_replaced(std::string_view command, const std::string& from,
                                             const std::string& to);

// The words that a shell would not split or expand: names of files among others.
[[nodiscard]] std::vector<std::string> plain_words(std::string_view command);

// Whether a shell takes the name as it is.
[[nodiscard]] bool is_plain_name(std::string_view name);

} // namespace kbtf
