// SPDX-License-Identifier: GPL-2.0-only
// Reads modules.order, the list of a stage's modules. Kbuild lists .ko files up to 6.2, .o files
// from 6.3 on (scripts/Makefile.modfinal, "modules :="); the path is otherwise the same. Pure text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kbtf {

// A longer file is no modules.order.
inline constexpr std::size_t k_max_modules_order = 16u << 20;

// The .ko paths in the list's order, without duplicates, spelled as make spells its targets.
[[nodiscard]] std::vector<std::string> parse_modules_order(std::string_view text);

// Makes a path absolute from `cwd` and removes "." and "x/.." textually.
[[nodiscard]] std::string absolute_path(const std::string& cwd, const std::string& path);

// make strips "./" from the names of targets: "./a.ko" in a list is the target a.ko.
[[nodiscard]] std::string as_make_spells(std::string name);

} // namespace kbtf
