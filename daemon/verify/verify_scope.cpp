// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/verify/verify_scope.hpp"

#include "daemon/store/state_db.hpp"
#include "daemon/store/state_dir.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/endpoint.hpp"

#include "util/fd.hpp"

#include <filesystem>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

// The base of a path: the one that the last stage of its tree named, else the vmlinux in the
// nearest directory above that has one. Empty if there is none.
std::string base_for(const std::string& path, const KnownState& state) {
  const TreeRecord* nearest = state.tree_of(path);
  if (nearest && fs::exists(nearest->base_path))
    return nearest->base_path;
  std::error_code ignored;
  for (fs::path dir = path; dir != dir.root_path(); dir = dir.parent_path())
    for (const char* name : {"vmlinux", "vmlinux.unstripped"})
      if (fs::is_regular_file(dir / name, ignored))
        return (dir / name).string();
  return {};
}

// A tree's modules: those in modules.order, or every .ko below `dir` if there is no list.
std::vector<std::string> modules_of(const std::string& dir, const KnownState& state) {
  std::vector<std::string> modules;
  if (auto order = read_file(dir + "/modules.order", k_max_modules_order)) {
    // Names are relative to make's directory: with M=, up to 6.12, that is the kernel's objtree.
    const TreeRecord* tree = state.tree_of(dir);
    const std::string& start = tree && tree->tree == dir ? tree->cwd : dir;
    for (const auto& ko : parse_modules_order(*order))
      modules.push_back(absolute_path(start, ko));
    return modules;
  }
  std::error_code error;
  for (fs::recursive_directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".ko" && it->is_regular_file(error))
      modules.push_back(it->path().string());
  return modules;
}

} // namespace

const TreeRecord* KnownState::tree_of(const std::string& path) const {
  const TreeRecord* nearest = nullptr;
  for (const auto& [name, tree] : trees)
    if ((path + "/").starts_with(name + "/") && (!nearest || name.size() > nearest->tree.size()))
      nearest = &tree;
  return nearest;
}

KnownState load_known_state() {
  KnownState state;
  if (!check_state_dir(state_dir()))
    return state; // somebody else's: not even read
  auto db = StateDb::open_read_only(state_dir());
  if (!db)
    return state; // without records, only the files themselves can be checked
  if (auto records = db->load_modules())
    for (auto& record : *records) {
      std::string ko = record.ko;
      state.records.emplace(std::move(ko), std::move(record));
    }
  state.trees = trees_from_text(db->value(k_trees_value));
  state.specs = specs_from_text(db->value(k_specs_value));
  return state;
}

Expected<ModuleGroups> group_modules(std::vector<std::string> paths, const std::string& base,
                                     const KnownState& state) {
  ModuleGroups groups;
  if (paths.empty())
    paths.push_back(fs::current_path().string());
  for (const auto& given : paths) {
    std::error_code error;
    const std::string path = fs::canonical(given, error).string();
    if (error)
      return unexpected(errno_error(given, error.value()));
    const bool is_tree = fs::is_directory(path);
    // Accept either name: in a content-addressed store, the target of a link can have another one.
    if (!is_tree && fs::path(path).extension() != ".ko" && fs::path(given).extension() != ".ko")
      return unexpected(ErrorKind::unsupported, given + ": neither a .ko nor an object tree");
    const std::string own = base.empty() ? base_for(path, state) : fs::absolute(base).string();
    if (own.empty())
      return unexpected(ErrorKind::not_found,
                        given + ": no vmlinux here or above; name one with --base");
    const auto modules = is_tree ? modules_of(path, state) : std::vector<std::string>{path};
    if (modules.empty())
      return unexpected(ErrorKind::not_found, given + ": no modules");
    groups[own].insert(modules.begin(), modules.end());
  }
  return groups;
}

} // namespace kbtf
