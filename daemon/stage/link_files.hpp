// SPDX-License-Identifier: GPL-2.0-only
// The files that the link of one module reads, as far as the stage's link command names them. Reads
// stamps; any thread.
#pragma once

#include "daemon/model/stage_spec.hpp"
#include "daemon/tools/tool_key.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace kbtf {

// The link command of a stage, as expanded for the module `from`.
struct StageLink {
  std::string cwd; // absolute
  std::string from;
  std::string command;
};

[[nodiscard]] StageLink stage_link(const StageSpec& spec);

// Each word of `command` that is a file, with its current stamp, except `ko` itself (absolute).
[[nodiscard]] std::vector<ToolFile> named_files(const std::string& command, const std::string& cwd,
                                                const std::string& ko);

// named_files() for the modules of a stage in turn. Looks at what all links name (a linker script)
// only once, when constructed.
class LinkFiles {
public:
  explicit LinkFiles(const StageLink& link);

  // False: the command of another module cannot be derived, and there are no files.
  [[nodiscard]] bool is_known() const { return m_is_known; }
  // `module` as make spells it.
  [[nodiscard]] std::vector<ToolFile> of(const std::string& module) const;

private:
  StageLink m_link;
  bool m_is_known = false;
  std::vector<std::string> m_own; // words that differ from module to module
  std::vector<ToolFile> m_common;
};

// Whether all of them exist with these stamps. Unlike are_unchanged() this trusts stamps that are
// not settled: make has nothing else.
[[nodiscard]] bool have_same_stamps(const std::vector<ToolFile>& files);

// One hash over paths and stamps, in any order: same hash, same files. Unknown if there are none.
[[nodiscard]] ContentHash hash_of_stamps(std::vector<ToolFile> files);

// Returns the first file that the link of `module` reads and that is newer than `mtime_ns`; "" if
// there is none, or if the command cannot be derived. make links a module for such a file.
[[nodiscard]] std::string newer_link_file(const LinkFiles& link, const std::string& module,
                                          std::int64_t mtime_ns);

} // namespace kbtf
