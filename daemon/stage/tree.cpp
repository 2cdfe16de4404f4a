// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/tree.hpp"

#include "daemon/stage/recorded.hpp"
#include "daemon/tools/modules_order.hpp"
#include "util/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr std::size_t k_max_saved_command = 16u << 20;

// True if the module's saved link command names an object, and no file that it names is newer than
// the module. The command is in .NAME.ko.cmd on all kernel versions; words that are not files do
// not count.
bool is_newer_than_inputs(const std::string& ko, const FileStamp& stamp, const std::string& cwd) {
  const std::filesystem::path path(ko);
  std::string name(".");
  name.append(path.filename().string()).append(".cmd");
  auto text = read_file((path.parent_path() / name).string(), k_max_saved_command);
  if (!text)
    return false;
  std::istringstream words(*text);
  bool has_object = false;
  for (std::string word; words >> word;) {
    const std::string file = absolute_path(cwd, word);
    auto input = stamp_of(file);
    if (!input || file == ko || std::filesystem::is_directory(file))
      continue;
    has_object = has_object || word.ends_with(".o");
    if (input->mtime_ns > stamp.mtime_ns)
      return false;
  }
  return has_object;
}

Status set_time(const std::string& ko, std::int64_t mtime_ns) {
  constexpr std::int64_t k_second = 1'000'000'000;
  const timespec times[2] = {{0, UTIME_OMIT}, {mtime_ns / k_second, mtime_ns % k_second}};
  if (::utimensat(AT_FDCWD, ko.c_str(), times, 0) != 0)
    return unexpected(errno_error(ko));
  return Ok{};
}

} // namespace

std::string tree_of(const std::string& cwd, const std::string& modules_order) {
  return std::filesystem::path(absolute_path(cwd, modules_order)).parent_path().string();
}

std::vector<std::string> modules_of_tree(const TreeRecord& tree) {
  auto order = read_file(absolute_path(tree.cwd, tree.modules_order), k_max_modules_order);
  return order ? parse_modules_order(*order) : std::vector<std::string>();
}

TreeComparison compare_tree(const std::vector<KnownModule>& modules,
                            const Expected<BuildKey>& now) {
  TreeComparison tree;
  tree.modules = modules.size();
  if (!now)
    tree.why_unknown = now.error().text;
  for (const auto& module : modules) {
    const auto& record = module.record;
    auto stamp = stamp_of(module.ko);
    if (!stamp) {
      ++tree.missing;
    } else if (record && compare_with_record(*record, *stamp).is_same) {
      ++tree.as_recorded;
      if (now && record->key.base != now->base)
        ++tree.other_base;
      else if (now && record->key != *now)
        ++tree.other_tools;
    } else if (record && record->state != ModuleState::finished) {
      ++tree.unfinished;
    } else if (tree.first_other.empty()) {
      tree.first_other = module.ko;
    }
  }
  return tree;
}

Expected<Restored> restore_tree(const TreeRecord& tree, const ContentHash& base_now,
                                const std::vector<KnownModule>& modules) {
  auto base = stamp_of(tree.base_path);
  if (!base)
    return base.forward_error();
  const BuildKey now{base_now, tree.key.tools, tree.key.linker};
  Restored result;
  for (const auto& module : modules) {
    auto stamp = stamp_of(module.ko);
    const bool is_recorded =
        stamp && module.record && compare_with_record(*module.record, *stamp).is_same;
    const bool is_older = stamp && stamp->mtime_ns < base->mtime_ns;
    const bool is_exact = is_recorded && module.record->key == now;
    if (!stamp || (!is_older && (is_exact || !is_recorded))) {
      ++result.kept;
    } else if (is_exact && !std::filesystem::is_symlink(module.ko) && // whose file is it?
               is_newer_than_inputs(module.ko, *stamp, tree.cwd)) {
      if (auto set = set_time(module.ko, base->mtime_ns); !set)
        return set.forward_error();
      if (auto fresh = stamp_of(module.ko)) {
        result.touched.push_back(*module.record);
        result.touched.back().stamp = *fresh;
      }
    } else {
      if (::unlink(module.ko.c_str()) != 0)
        return unexpected(errno_error(module.ko));
      result.removed.push_back(module.ko);
    }
  }
  return result;
}

} // namespace kbtf
