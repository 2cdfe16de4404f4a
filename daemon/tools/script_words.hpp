// SPDX-License-Identifier: GPL-2.0-only
// The words of shell scripts that script_needs() knows, as sets by name. Pure.
#pragma once

#include "daemon/shell/shell_text.hpp"

#include <string_view>

namespace kbtf {

// Builtins that look at nothing but their words (and, in a test, at files).
[[nodiscard]] bool is_plain_builtin(std::string_view word);
// Builtins that set or unset variables that they name.
[[nodiscard]] bool is_declaration(std::string_view word);
// Builtins, of bash too, that do something else: change the directory, read more text, hide a name.
[[nodiscard]] bool is_other_builtin(std::string_view word);
// Operators of test that look at one file, named by the next word: the file's content and mode
// decide the result.
[[nodiscard]] bool is_file_test(std::string_view word);
// Operators of test that look at something else: time stamps, owners, terminals, links.
[[nodiscard]] bool is_other_test(std::string_view word);
// Programs that do only what their arguments say, to the files that these name, and start no other
// program.
[[nodiscard]] bool is_utility(std::string_view word);
// Variables that Kbuild exports for programs that process only a vmlinux.
[[nodiscard]] bool is_compiler_variable(std::string_view name);
// PAHOLE, RESOLVE_BTFIDS, OBJCOPY.
[[nodiscard]] bool is_tool_variable(std::string_view name);
// Variables that the shell sets itself, to a value that is not known here.
[[nodiscard]] bool is_shells_own(std::string_view name);
// Variables that set Kbuild's verbosity: its scripts read them for nothing else.
[[nodiscard]] bool is_about_output(std::string_view name);

// Files of /dev that never change their meaning: /dev/null, /dev/fd/2.
[[nodiscard]] bool is_stream(std::string_view path);

// Whether the word may expand to a list of existing files: because of its unquoted parts, or also
// because of a quoted part that is kept in a variable and may be used unquoted later.
enum class Quoted { is_safe, may_lose_quotes };
[[nodiscard]] bool may_list_files(const ShellWord& word, Quoted quoted);

// Whether the word may build a name: from more than one part, unless it is an option ("--x=$F")
// whose value already was a name.
[[nodiscard]] bool joins_parts(const ShellWord& word);

} // namespace kbtf
