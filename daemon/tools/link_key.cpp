// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_key.hpp"

#include "daemon/shell/shell_text.hpp"
#include "daemon/tools/link_words.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/tool_reader.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace kbtf {
namespace {

using Words = std::vector<std::string>;

// The words of a command that is one program, or nothing. Up to 6.9, "; true" follows it if the
// architecture has no post-link step.
Words simple_command(const std::string& command) {
  const auto script = read_shell(command);
  if (!script || script->commands.empty() || script->commands.size() > 2 ||
      !script->functions.empty() || !script->lists.empty())
    return {};
  Words words;
  for (const auto& each : script->commands) {
    if (!each.assignments.empty() || !each.redirections.empty())
      return {};
    Words own;
    for (const auto& word : each.words) {
      const auto value = word.literal();
      if (!value || value->empty() || value->starts_with('@')) // a response file
        return {};
      own.push_back(*value);
    }
    if (words.empty())
      words = std::move(own);
    else if (own != Words{"true"})
      return {};
  }
  // Two words: only a list joins commands, and ";" is the only operator allowed here.
  return command.find_first_of("&|(){}") == std::string::npos ? words : Words();
}

// Files that the command reads: make's prerequisites, and any other existing file that it names,
// such as a linker script.
std::set<std::string> input_paths(const LinkSpec& spec, const Words& words,
                                  const std::string& target) {
  std::set<std::string> paths;
  for (const auto& input : spec.inputs)
    paths.insert(absolute_path(spec.around.cwd, input));
  for (const auto& word : words) {
    const std::string path = absolute_path(spec.around.cwd, word.substr(word.rfind('=') + 1));
    if (path != target && stamp_of(path))
      paths.insert(path);
  }
  return paths;
}

// The value of -o.
std::string output_of(const LinkSpec& spec, const Words& words) {
  const auto flag = std::find(words.begin(), words.end(), "-o");
  return flag == words.end() || flag + 1 == words.end()
             ? std::string()
             : absolute_path(spec.around.cwd, *(flag + 1));
}

} // namespace

Expected<LinkKey> link_key(const LinkSpec& spec, FileHashes& hashes) {
  const Words words = simple_command(spec.command);
  const std::string target = output_of(spec, words);
  if (words.empty() || target.empty())
    return unexpected(ErrorKind::unsupported, "the link command is more than a linker's");
  ToolReader reader(spec.around, hashes);
  const auto size = reader.add_command(ToolKind::linker, words);
  if (!size)
    return size.forward_error();
  if (auto checked = check_link_words(std::span(words).subspan(*size), spec.around.cwd, target);
      !checked)
    return checked.forward_error();
  auto tool = std::move(reader).finish(linker_variables(spec.around));
  if (!tool)
    return tool.forward_error();
  std::string all = tool->key.hex();
  for (const auto& word : words)
    all += '\0' + word;
  LinkKey result{{}, std::move(tool->files)};
  for (const auto& path : input_paths(spec, words, target)) {
    auto hashed = hashes.whole(path);
    if (!hashed)
      return hashed.forward_error();
    all += '\0' + path + '\0' + hashed->hash.hex();
    result.files.push_back({path, hashed->stamp});
  }
  result.key = hash_text(all);
  return result;
}

std::vector<ToolFile> stamp_inputs(const LinkSpec& spec) {
  const Words words = simple_command(spec.command);
  std::vector<ToolFile> files;
  for (const auto& path : input_paths(spec, words, output_of(spec, words)))
    if (auto stamp = stamp_of(path))
      files.push_back({path, *stamp});
  return files;
}

ContentHash link_key_of(const LinkSpec& spec, const std::vector<ToolFile>& stamped,
                        FileHashes& hashes) {
  auto made = link_key(spec, hashes);
  if (!made)
    return {};
  for (const auto& file : made->files) {
    const auto then = std::ranges::find(stamped, file.path, &ToolFile::path);
    if (then == stamped.end() || !(then->stamp == file.stamp))
      return {};
  }
  return made->key;
}

Expected<ToolKey> linker_key(const std::string& linker, const Surroundings& around,
                             FileHashes& hashes) {
  ToolReader reader(around, hashes);
  if (auto added = reader.add_tool("LD", ToolKind::linker, linker); !added)
    return added.forward_error();
  return std::move(reader).finish(linker_variables(around));
}

} // namespace kbtf
