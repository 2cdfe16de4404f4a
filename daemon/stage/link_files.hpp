// SPDX-License-Identifier: GPL-2.0-only
// The files that the link of one module reads, as far as the stage's link command names them.
// Reads stamps; any thread.
#pragma once

#include "daemon/model/stage_spec.hpp"
#include "daemon/tools/tool_key.hpp"

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

[[nodiscard]] StageLink stage_link(const StageSpec& spec);

// With their stamps of now: each word of `command` that is a file, but for `ko` itself (absolute).
[[nodiscard]] std::vector<ToolFile> named_files(const std::string& command, const std::string& cwd,
                                                const std::string& ko);

// named_files() for one module of a stage after the other. What all links name (a linker script) is
// looked at once, when this is made.
class LinkFiles {
public:
  explicit LinkFiles(const StageLink& link);

  // False: the command cannot be told for another module, and there are no files.
  [[nodiscard]] bool is_known() const { return m_is_known; }
  // `module` as make spells it.
  [[nodiscard]] std::vector<ToolFile> of(const std::string& module) const;

private:
  StageLink m_link;
  bool m_is_known = false;
  std::vector<std::string> m_own; // words that differ from module to module
  std::vector<ToolFile> m_common;
};

// Whether all of them are there with these stamps. Unlike are_unchanged() this takes a stamp for
// what it says: make has nothing else.
[[nodiscard]] bool have_same_stamps(const std::vector<ToolFile>& files);

// One hash over paths and stamps, in whatever order: while it is the same the files are. Unknown
// for none.
[[nodiscard]] ContentHash hash_of_stamps(std::vector<ToolFile> files);

// The first of the files that the link of `module` reads and that is newer than
// `mtime_ns`; "" if there is none, or if the command cannot be told. make links a module for such a
// file.
[[nodiscard]] std::string newer_link_file(const LinkFiles& link, const std::string& module,
                                          std::int64_t mtime_ns);

} // namespace kbtf
