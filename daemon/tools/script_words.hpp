// SPDX-License-Identifier: GPL-2.0-only
// The words of shell scripts that script_needs() knows, as sets by name. Pure.
#pragma once

#include "daemon/shell/shell_text.hpp"

#include <string_view>

namespace kbtf {

// Builtins that look at nothing but their words (and, in a test, at files).
[[nodiscard]] bool is_plain_builtin(std::string_view word);
// Builtins that set or take out variables which they name.
[[nodiscard]] bool is_declaration(std::string_view word);
// Builtins, of bash too, that do something else: change the directory, read more text, hide a name.
[[nodiscard]] bool is_other_builtin(std::string_view word);
// Operators of test that look at one file, whose name stands behind them: what they find is known
// from the file's content and mode.
[[nodiscard]] bool is_file_test(std::string_view word);
// Operators of test that look at something else: time stamps, owners, terminals, links.
[[nodiscard]] bool is_other_test(std::string_view word);
// Programs that do what they are told to the files that they are given and start no others.
[[nodiscard]] bool is_utility(std::string_view word);
// Variables that Kbuild exports with the program that makes something of a vmlinux alone.
[[nodiscard]] bool is_compiler_variable(std::string_view name);
// PAHOLE, RESOLVE_BTFIDS, OBJCOPY.
[[nodiscard]] bool is_tool_variable(std::string_view name);
// Variables that the shell sets itself, from something that is not known here.
[[nodiscard]] bool is_shells_own(std::string_view name);
// Variables that say how much Kbuild prints: its scripts read them for that alone.
[[nodiscard]] bool is_about_output(std::string_view name);

// Files of /dev that are never anything but what they are: /dev/null, /dev/fd/2.
[[nodiscard]] bool is_stream(std::string_view path);

// Whether the word may become a list of files that are there: because of what stands in it outside
// of quotes, or also of what, kept in a variable, may later stand outside of them.
enum class Quoted { is_safe, may_lose_quotes };
[[nodiscard]] bool may_list_files(const ShellWord& word, Quoted quoted);

// Whether a name may be put together in the word: of more than one part, where it is not an option
// ("--x=$F") with a value that was one before.
[[nodiscard]] bool joins_parts(const ShellWord& word);

} // namespace kbtf
