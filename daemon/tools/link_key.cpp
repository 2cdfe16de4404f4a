// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_key.hpp"

#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/saved_command.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace kbtf {
namespace {

using Words = std::vector<std::string>;

// The words of a command that is one program, or nothing. Up to 6.9 "; true" stands behind it where
// an architecture has no post-link step.
Words simple_command(const std::string& command) {
  std::istringstream stream(command);
  Words words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  const std::size_t n = words.size();
  if (n > 2 && words[n - 2] == ";" && words[n - 1] == "true") {
    words.resize(n - 2);
  } else if (n > 1 && words[n - 1] == "true" && words[n - 2].ends_with(";")) {
    words.pop_back();
    words.back().pop_back();
  }
  const auto is_odd = [](const std::string& word) {
    return !is_plain_name(word) || word.starts_with('@');
  };
  if (std::any_of(words.begin(), words.end(), is_odd))
    return {};
  return words;
}

// Files that the command reads: what make says, and whatever else it names that is there, such as a
// linker script.
std::set<std::string> input_paths(const LinkSpec& spec, const Words& words,
                                  const std::string& target) {
  std::set<std::string> paths;
  for (const auto& input : spec.inputs)
    paths.insert(absolute_path(spec.cwd, input));
  for (const auto& word : words) {
    const std::string path = absolute_path(spec.cwd, word.substr(word.rfind('=') + 1));
    if (path != target && stamp_of(path))
      paths.insert(path);
  }
  return paths;
}

// What stands behind -o.
std::string output_of(const LinkSpec& spec, const Words& words) {
  const auto flag = std::find(words.begin(), words.end(), "-o");
  return flag == words.end() || flag + 1 == words.end() ? std::string()
                                                        : absolute_path(spec.cwd, *(flag + 1));
}

} // namespace

Expected<LinkKey> link_key(const LinkSpec& spec, FileHashes& hashes) {
  const Words words = simple_command(spec.command);
  const std::string target = output_of(spec, words);
  if (words.empty() || target.empty())
    return unexpected(ErrorKind::unsupported, "the link command is more than a linker's");
  // The linker and its libraries are hashed as a BTF tool is.
  const ToolSpec linker{spec.cwd, {}, {}, {}, {}, {words.front()}, spec.path, spec.library_path};
  auto tool = tool_key(linker, hashes);
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
  for (const auto& input : stamped) {
    const auto found = std::find_if(made->files.begin(), made->files.end(),
                                    [&input](const ToolFile& f) { return f.path == input.path; });
    if (found == made->files.end() || !(found->stamp == input.stamp))
      return {};
  }
  return made->key;
}

} // namespace kbtf
