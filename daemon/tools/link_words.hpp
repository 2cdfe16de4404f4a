// SPDX-License-Identifier: GPL-2.0-only
// The words behind a linker in the link command of a module: which files do they make it read? A
// link key needs all of these. Known are the options that Kbuild has for modules (GNU ld, ld.lld);
// with any other the files cannot be told. Reads the files' beginnings; blocking; any thread.
#pragma once

#include "util/error.hpp"

#include <span>
#include <string>

namespace kbtf {

// Fine if each file that the link reads is a word of its own, there, and of those that lead to no
// others: no archive of names, no linker script with INCLUDE, INPUT, GROUP, SEARCH_DIR or STARTUP.
// `output` is what it writes. Error: unsupported, with the word or the file.
[[nodiscard]] Status check_link_words(std::span<const std::string> words, const std::string& cwd,
                                      const std::string& output);

// Whether the link command begins with $(LD), whose key alone is known. Error: unsupported, "the
// link command runs X, which is not $(LD)".
[[nodiscard]] Status check_linker(const std::string& command, const std::string& linker);

} // namespace kbtf
