// SPDX-License-Identifier: GPL-2.0-only
// Reads the link command of a module that Kbuild keeps in ".x.ko.cmd" (scripts/Kbuild.include,
// make-cmd and if_changed), and replaces one file by another in an expanded command. Text only; any
// thread.
#pragma once

#include "util/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// The file beside `path` that stores its command.
[[nodiscard]] std::string saved_command_file(const std::string& path);

// The command of `target` in the text of such a file, as passed to a shell: "savedcmd_TARGET := …"
// (6.2 on) or "cmd_TARGET := …", with make's "$$" and "$(pound)" undone. Empty if missing.
[[nodiscard]] std::string saved_command(std::string_view text, const std::string& target);

// Replaces each `from` that is a word of its own, or next to shell punctuation, by `to`. Returns an
// empty string if `from` does not occur, or is also part of a longer word: that file would still be
// read or written.
[[nodiscard]] std::string with_file_replaced(std::string_view command, const std::string& from,
                                             const std::string& to);

// The words that a shell would neither split nor expand: file names among others.
[[nodiscard]] std::vector<std::string> plain_words(std::string_view command);

// Whether a shell takes the name unchanged.
[[nodiscard]] bool is_plain_name(std::string_view name);

} // namespace kbtf
