// SPDX-License-Identifier: GPL-2.0-only
// The verbs for people: start, stop, status, stats, explain, restore, verify; and drain for
// scripts. Only start may start a daemon. Each returns the process's exit status: 0 if done, 1 if
// not (one line on standard error says why).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

enum class Format { text, json };

// `idle_exit` in seconds, as typed; a running daemon keeps its own.
[[nodiscard]] int start_verb(const std::optional<std::string>& idle_exit, bool quiet);
[[nodiscard]] int stop_verb();
[[nodiscard]] int status_verb(Format format);
// Also returns 1 if the hook has not run in a module stage of `tree`, if that stage fell back to
// the stock build, or if modules were written since then without kbtf.
[[nodiscard]] int tree_status_verb(const std::string& tree, Format format);
[[nodiscard]] int restore_verb(const std::string& tree, Format format);
[[nodiscard]] int stats_verb(Format format, bool zero);
// Also returns 1 if `ko`, a path relative to the working directory, has no record.
[[nodiscard]] int explain_verb(const std::string& ko, Format format);
[[nodiscard]] int drain_verb();
// Execs `kbtfd --verify`, whose status is 0, 1 or 2 (daemon/verify/verify_command.hpp). Returns
// only if that cannot be started.
[[nodiscard]] int verify_verb(const std::vector<std::string>& paths, const std::string& base,
                              const std::optional<std::string>& regenerate, Format format);

} // namespace kbtf
