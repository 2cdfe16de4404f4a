// SPDX-License-Identifier: GPL-2.0-only
// Programs that only run what stands behind them on their command line, under some setting that
// decides no bytes: env, nice, ionice, chrt, taskset, nohup, setsid, time, timeout. Their options,
// from their manual pages (coreutils, util-linux, GNU time), say where the next command begins.
// Anything else that a word could launch (ccache, sudo, sh -c) is not known here. Pure.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace kbtf {

[[nodiscard]] bool is_launcher(const std::string& name);

// A word's value, none if only a shell could tell it.
using LiteralWords = std::span<const std::optional<std::string>>;

// How many of `words` belong to the launcher that the first one names; behind them the command
// goes on. `decides` tells which variables decide what a program does: env may not set these.
// Error: unsupported, for an option or a variable that is not understood.
[[nodiscard]] Expected<std::size_t>
launcher_size(LiteralWords words, const std::function<bool(const std::string&)>& decides);

} // namespace kbtf
