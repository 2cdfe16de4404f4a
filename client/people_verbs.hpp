// SPDX-License-Identifier: GPL-2.0-only
// The verbs for people: start, stop, status, stats, explain, restore, verify, and drain for
// scripts. Only start may start a daemon. Each returns the process's exit status: 0 done, 1 it
// could not be done (one line on standard error says why).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

enum class Format { text, json };

// `idle_exit` in seconds, as typed; a daemon that runs already keeps its own.
[[nodiscard]] int start_verb(const std::optional<std::string>& idle_exit, bool quiet);
[[nodiscard]] int stop_verb();
[[nodiscard]] int status_verb(Format format);
// 1 also when the hook has not run in a module stage of `tree`, left it to stock, or modules were
// written since then without kbtf.
[[nodiscard]] int tree_status_verb(const std::string& tree, Format format);
[[nodiscard]] int restore_verb(const std::string& tree, Format format);
[[nodiscard]] int stats_verb(Format format, bool zero);
// 1 also when there is no record of `ko`, a path relative to the working directory.
[[nodiscard]] int explain_verb(const std::string& ko, Format format);
[[nodiscard]] int drain_verb();
// Becomes `kbtfd --verify`, whose status is 0, 1 or 2 (daemon/verify/verify_command.hpp); returns
// only when that cannot be started.
[[nodiscard]] int verify_verb(const std::vector<std::string>& paths, const std::string& base,
                              const std::optional<std::string>& regenerate, Format format);

} // namespace kbtf
