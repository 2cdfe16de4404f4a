// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/link_files.hpp"

#include "daemon/tools/link_template.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/saved_command.hpp"

namespace kbtf {

std::vector<ToolFile> named_files(const std::string& command, const std::string& cwd,
                                  const std::string& ko) {
  std::vector<ToolFile> files;
  for (const auto& word : plain_words(command)) {
    const std::string path = absolute_path(cwd, word);
    if (path == ko)
      continue;
    if (auto stamp = stamp_of(path))
      files.push_back({path, *stamp});
  }
  return files;
}

std::string newer_link_file(const StageLink& link, const std::string& module,
                            std::int64_t mtime_ns) {
  const std::string command = link_command_for(link.command, link.from, module);
  for (const auto& file : named_files(command, link.cwd, absolute_path(link.cwd, module)))
    if (file.stamp.mtime_ns > mtime_ns)
      return file.path;
  return {};
}

} // namespace kbtf
