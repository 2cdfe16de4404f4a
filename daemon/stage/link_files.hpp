// SPDX-License-Identifier: GPL-2.0-only
// The files that the link of one module reads, as far as the stage's link command names them.
// Reads stamps; any thread.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "proto/message.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// The link command of a stage, as it was expanded for the module `from`.
struct StageLink {
  std::string cwd; // absolute
  std::string from;
  std::string command;
};

[[nodiscard]] StageLink stage_link(const PlanRequest& request);

// With their stamps of now: each word of `command` that is a file, but for `ko` itself (absolute).
[[nodiscard]] std::vector<ToolFile> named_files(const std::string& command, const std::string& cwd,
                                                const std::string& ko);

// The same for the module `module` (as make spells it) of a stage; none if the command cannot be
// told.
[[nodiscard]] std::vector<ToolFile> link_files(const StageLink& link, const std::string& module);

// Whether all of them are there with these stamps. Unlike are_unchanged() this takes a stamp for
// what it says: make has nothing else.
[[nodiscard]] bool have_same_stamps(const std::vector<ToolFile>& files);

// One hash over paths and stamps: while it is the same the files are. Unknown for none.
[[nodiscard]] ContentHash hash_of_stamps(const std::vector<ToolFile>& files);

// The first of the files that the link of `module` reads and that is newer than
// `mtime_ns`; "" if there is none, or if the command cannot be told. make links a module for such a
// file.
[[nodiscard]] std::string newer_link_file(const StageLink& link, const std::string& module,
                                          std::int64_t mtime_ns);

} // namespace kbtf
