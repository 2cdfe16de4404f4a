// SPDX-License-Identifier: GPL-2.0-only
// Programs that only run the command that follows on their command line, with some setting that
// decides no bytes: env, nice, ionice, chrt, taskset, nohup, setsid, time, timeout. Their options,
// from their manual pages (coreutils, util-linux, GNU time), say where that command begins. Knows
// no other way to launch a program (ccache, sudo, sh -c). Pure.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace kbtf {

[[nodiscard]] bool is_launcher(const std::string& name);

// A word's value; none if only a shell could expand it.
using LiteralWords = std::span<const std::optional<std::string>>;

// How many of `words` belong to the launcher that the first one names; the command follows them.
// `decides` says which variables decide what a program does: env may not set these. Error:
// unsupported, for an option or a variable that is not understood.
[[nodiscard]] Expected<std::size_t>
launcher_size(LiteralWords words, const std::function<bool(const std::string&)>& decides);

} // namespace kbtf
