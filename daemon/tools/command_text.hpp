// SPDX-License-Identifier: GPL-2.0-only
// Reads what the daemon needs from the tree's own cmd_btf_ko, expanded for one module: the base
// that it names, the files that it runs, and its text as part of a key. Pure text; knows no file.
// The text is shell, written by Kbuild (scripts/Makefile.modfinal, "cmd_btf_ko"). It is split at
// blanks and shell punctuation, which is enough for words that Kbuild does not quote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// The word after `--btf_base` (or in `--btf_base=WORD`); empty if the command names no base.
// Every Kbuild from 5.11 on spells it this way, also through gen-btf.sh.
[[nodiscard]] std::string base_of_command(std::string_view command);

// The text with "@" for the module's name, without flags that decide no bytes (-j, -jN, --jobs=N,
// --verbose, -V), and with blanks squeezed.
[[nodiscard]] std::string normalise_command(std::string_view command, std::string_view target);

// The words that look like paths (contain a slash), without quotes and the left sides of
// assignments: candidates for files that the command runs. Leaves out `base` and `target`.
[[nodiscard]] std::vector<std::string>
paths_in_command(std::string_view command, std::string_view base, std::string_view target);

} // namespace kbtf
