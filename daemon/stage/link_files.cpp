// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/link_files.hpp"

#include "daemon/tools/link_template.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/saved_command.hpp"

#include <algorithm>
#include <optional>

namespace kbtf {

StageLink stage_link(const StageSpec& spec) {
  return {spec.cwd, as_make_spells(spec.target), spec.link.command};
}

std::vector<ToolFile> named_files(const std::string& command, const std::string& cwd,
                                  const std::string& ko) {
  std::vector<ToolFile> files;
  for (const auto& word : plain_words(command)) {
    if (word.starts_with('-'))
      continue;
    const std::string path = absolute_path(cwd, word);
    if (path == ko)
      continue;
    if (auto stamp = stamp_of(path))
      files.push_back({path, *stamp});
  }
  return files;
}

LinkFiles::LinkFiles(const StageLink& link) : m_link(link) {
  m_is_known =
      is_plain_name(link.from) && !link_command_for(link.command, link.from, link.from).empty();
  if (!m_is_known)
    return;
  std::vector<std::string> words;
  for (auto& word : plain_words(link.command))
    if (word != link.from && !word.starts_with('-'))
      words.push_back(std::move(word));
  const auto others = link_inputs_for(words, link.from, "another/module.ko");
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != others[i]) {
      m_own.push_back(std::move(words[i]));
      continue;
    }
    const std::string path = absolute_path(link.cwd, words[i]);
    if (auto stamp = stamp_of(path))
      m_common.push_back({path, *stamp});
  }
}

std::vector<ToolFile> LinkFiles::of(const std::string& module) const {
  if (!m_is_known)
    return {};
  std::vector<ToolFile> files = m_common;
  for (const auto& word : link_inputs_for(m_own, m_link.from, module)) {
    if (!is_plain_name(word)) // named_files() skips it, too
      continue;
    std::string path = absolute_path(m_link.cwd, word);
    if (auto stamp = stamp_of(path))
      files.push_back({std::move(path), *stamp});
  }
  return files;
}

bool have_same_stamps(const std::vector<ToolFile>& files) {
  return std::ranges::all_of(files, [](const ToolFile& file) {
    return stamp_if_there(file.path) == std::optional(file.stamp);
  });
}

ContentHash hash_of_stamps(std::vector<ToolFile> files) {
  if (files.empty())
    return {};
  std::ranges::sort(files, {}, &ToolFile::path);
  std::string all;
  for (const auto& [path, stamp] : files) {
    all += path + '\0';
    for (const auto number :
         {stamp.dev, stamp.ino, stamp.size, static_cast<std::uint64_t>(stamp.mtime_ns),
          static_cast<std::uint64_t>(stamp.ctime_ns)})
      all.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return hash_text(all);
}

std::string newer_link_file(const LinkFiles& link, const std::string& module,
                            std::int64_t mtime_ns) {
  for (const auto& file : link.of(module))
    if (file.stamp.mtime_ns > mtime_ns)
      return file.path;
  return {};
}

} // namespace kbtf
