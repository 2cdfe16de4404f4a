// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/verify_command.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/verify_module.hpp"
#include "daemon/store/state_db.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/endpoint.hpp"
#include "proto/framing.hpp"
#include "proto/message.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

constexpr int k_sound = 0;
constexpr int k_bad_module = 1;
constexpr int k_cannot_check = 2;

// Modules that share a base.
using Groups = std::map<std::string, std::set<std::string>>;

struct State {
  std::map<std::string, ModuleRecord> records;
  std::vector<StageInfo> stages;
};

State load_state() {
  State state;
  auto db = StateDb::open_read_only(state_dir());
  if (!db)
    return state; // without records only the files themselves can be checked
  if (auto records = db->load_modules())
    for (auto& record : *records) {
      std::string ko = record.ko;
      state.records.emplace(std::move(ko), std::move(record));
    }
  const auto stages = nlohmann::json::parse(db->value("stages"), nullptr, false);
  if (stages.is_array())
    for (const auto& item : stages)
      if (auto info = from_body<StageInfo>(item))
        state.stages.push_back(*info);
  return state;
}

// The base that belongs to a path: as the last stage of its tree named it, else the vmlinux in
// the nearest directory above that has one. Empty if there is none.
std::string base_for(const std::string& path, const State& state) {
  const StageInfo* nearest = nullptr;
  for (const auto& info : state.stages)
    if ((path + "/").starts_with(info.cwd + "/") &&
        (!nearest || info.cwd.size() > nearest->cwd.size()))
      nearest = &info;
  if (nearest && fs::exists(nearest->base))
    return nearest->base;
  std::error_code ignored;
  for (fs::path dir = path; dir != dir.root_path(); dir = dir.parent_path())
    for (const char* name : {"vmlinux", "vmlinux.unstripped"})
      if (fs::is_regular_file(dir / name, ignored))
        return (dir / name).string();
  return {};
}

// A tree's modules: those of modules.order, or every .ko below when there is no list.
std::vector<std::string> modules_of(const std::string& dir) {
  std::vector<std::string> modules;
  if (auto order = read_file(dir + "/modules.order", k_max_frame)) {
    for (const auto& ko : parse_modules_order(*order))
      modules.push_back(absolute_path(dir, ko));
    return modules;
  }
  std::error_code error;
  for (fs::recursive_directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".ko" && it->is_regular_file(error))
      modules.push_back(it->path().string());
  return modules;
}

Expected<Groups> group(const VerifyOptions& options, const State& state) {
  Groups groups;
  auto paths = options.paths;
  if (paths.empty())
    paths.push_back(fs::current_path().string());
  for (const auto& given : paths) {
    std::error_code error;
    const std::string path = fs::canonical(given, error).string();
    if (error)
      return unexpected(errno_error(given, error.value()));
    const bool is_tree = fs::is_directory(path);
    const std::string base =
        options.base.empty() ? base_for(path, state) : fs::absolute(options.base).string();
    if (base.empty())
      return unexpected(ErrorKind::not_found,
                        given + ": no vmlinux here or above; name one with --base");
    const auto modules = is_tree ? modules_of(path) : std::vector<std::string>{path};
    if (modules.empty())
      return unexpected(ErrorKind::not_found, given + ": no modules");
    groups[base].insert(modules.begin(), modules.end());
  }
  return groups;
}

// Empty if the module is sound.
std::string complaint(const std::string& ko, const BtfBase& base, const LibbpfBtf& second,
                      const ContentHash& base_hash, const State& state) {
  auto report = verify_module(ko, base, &second);
  if (!report)
    return report.error().text;
  const auto it = state.records.find(ko);
  if (it == state.records.end() || it->second.key.base == base_hash)
    return {};
  // A module with a distilled base relocates itself onto whatever it meets.
  const auto stamp = stamp_of(ko);
  if (report->has_distilled_base || !stamp || !(*stamp == it->second.stamp))
    return {};
  return ko + ": made against another base BTF (" + it->second.key.base.hex() + ", now " +
         base_hash.hex() + ")";
}

} // namespace

int run_verify(const VerifyOptions& options) {
  const State state = load_state();
  auto groups = group(options, state);
  if (!groups) {
    std::cerr << "kbtf: " << groups.error().text << '\n';
    return k_cannot_check;
  }
  nlohmann::json result = {{"modules", 0}, {"bad", nlohmann::json::array()}};
  std::size_t count = 0;
  std::size_t bad = 0;
  for (const auto& [base_path, modules] : *groups) {
    auto bytes = read_base_btf(base_path);
    auto base = bytes ? BtfBase::parse(bytes->bytes) : bytes.forward_error();
    if (!base) {
      const std::string& text = base.error().text;
      std::cerr << "kbtf: " << (bytes ? base_path + ": .BTF: " : "") << text << '\n';
      return k_cannot_check;
    }
    const auto second = LibbpfBtf::parse(bytes->bytes);
    if (!second) {
      std::cerr << "kbtf: " << base_path << ": .BTF: " << second.error().text << '\n';
      return k_cannot_check;
    }
    const ContentHash base_hash = hash_bytes(bytes->bytes);
    for (const auto& ko : modules) {
      ++count;
      const std::string text = complaint(ko, **base, *second, base_hash, state);
      if (text.empty())
        continue;
      ++bad;
      result["bad"].push_back({{"ko", ko}, {"error", text}});
      if (!options.json)
        std::cout << text << '\n';
    }
    result["bases"].push_back(base_path);
  }
  result["modules"] = count;
  if (options.json)
    std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  else
    std::cout << count << (count == 1 ? " module checked, " : " modules checked, ") << bad
              << " bad\n";
  return bad == 0 ? k_sound : k_bad_module;
}

} // namespace kbtf
