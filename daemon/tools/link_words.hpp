// SPDX-License-Identifier: GPL-2.0-only
// Reads the words after the linker in a module's link command: which files does the linker read? A
// link key needs all of them. Knows the options that Kbuild passes for modules (GNU ld, ld.lld);
// with any other, the files cannot be determined. Reads the beginning of the files; blocking; any
// thread.
#pragma once

#include "util/error.hpp"

#include <span>
#include <string>

namespace kbtf {

// Succeeds if each file that the link reads is a word of its own, exists, and leads to no other
// file: no thin archive, no linker script with INCLUDE, INPUT, GROUP, SEARCH_DIR or STARTUP.
// `output` is the file that the link writes. Error: unsupported, with the word or the file.
[[nodiscard]] Status check_link_words(std::span<const std::string> words, const std::string& cwd,
                                      const std::string& output);

// Checks that the link command begins with $(LD): only its key is known. Error: unsupported, "the
// link command runs X, which is not $(LD)".
[[nodiscard]] Status check_linker(const std::string& command, const std::string& linker);

} // namespace kbtf
