// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/verify/verify_command.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"
#include "daemon/btf/verify_module.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/verify/regenerate_modules.hpp"

#include <iostream>

#include <nlohmann/json.hpp>

namespace kbtf {
namespace {

constexpr int k_sound = 0;
constexpr int k_bad_module = 1;
constexpr int k_cannot_check = 2;

struct VerifyResult {
  std::size_t modules = 0;
  std::vector<std::string> bases;
  std::vector<Finding> bad;
};

// The complaint about a module that matches its record but was built against another base; else "".
// A module with a distilled base relocates itself onto any base.
std::string other_base(const std::string& ko, const ContentHash& base_hash,
                       const KnownState& state) {
  const auto it = state.records.find(ko);
  if (it == state.records.end() || it->second.key.base == base_hash)
    return {};
  const auto sections = read_module_sections(ko);
  if (!sections || sections->btf_base || !(sections->stamp == it->second.stamp))
    return {};
  return ko + ": made against another base BTF (" + it->second.key.base.hex() + ", now " +
         base_hash.hex() + ")";
}

// What the record says against a module, or "". Valid BTF may still be the wrong one.
std::string on_record(const std::string& ko, const KnownState& state) {
  const auto it = state.records.find(ko);
  const auto stamp = stamp_of(ko);
  constexpr std::int64_t k_second = 1'000'000'000;
  // Written since by somebody else, such as stock make: the record is not of this file.
  if (it == state.records.end() || !stamp || (rfc3339(stamp->mtime_ns / k_second) > it->second.at))
    return {};
  if (it->second.state == ModuleState::doubtful)
    return ko + ": in doubt: " + it->second.reason;
  if (it->second.state == ModuleState::writing)
    return ko + ": its BTF step began and did not finish";
  return {};
}

// Empty if the module is sound. Ids of another base can look like damage, so check the record and
// the base first.
std::string complaint(const std::string& ko, const BtfBase& base, const LibbpfBtf& second,
                      const ContentHash& base_hash, const KnownState& state) {
  std::string recorded = on_record(ko, state);
  if (!recorded.empty())
    return recorded;
  std::string stale = other_base(ko, base_hash, state);
  if (!stale.empty())
    return stale;
  auto report = verify_module(ko, base, &second);
  return report ? std::string() : report.error().text;
}

// Checks one base's modules and fills in `result`. On an error they could not be checked.
Status check_modules(const std::string& base_path, const std::set<std::string>& modules,
                     const KnownState& state, VerifyResult& result) {
  auto bytes = read_base_btf(base_path);
  auto base = bytes ? BtfBase::parse(bytes->bytes) : bytes.forward_error();
  if (!base)
    return unexpected(base.error().kind, (bytes ? base_path + ": .BTF: " : "") + base.error().text);
  const auto second = LibbpfBtf::parse(bytes->bytes);
  if (!second)
    return unexpected(second.error().kind, base_path + ": .BTF: " + second.error().text);
  const ContentHash base_hash = hash_bytes(bytes->bytes);
  for (const auto& ko : modules) {
    ++result.modules;
    std::string text = complaint(ko, **base, *second, base_hash, state);
    if (!text.empty())
      result.bad.push_back({ko, std::move(text)});
  }
  result.bases.push_back(base_path);
  return Ok{};
}

void print_text(const VerifyResult& result, const std::optional<RegenerateResult>& again) {
  for (const auto& finding : result.bad)
    std::cout << finding.text << '\n';
  std::cout << result.modules << (result.modules == 1 ? " module checked, " : " modules checked, ")
            << result.bad.size() << " bad\n";
  if (!again)
    return;
  for (const auto& finding : again->different)
    std::cout << finding.text << '\n';
  for (const auto& finding : again->unchecked)
    std::cout << finding.ko << ": not made again: " << finding.text << '\n';
  std::cout << again->same + again->different.size() << " made again as stock does, "
            << again->different.size() << " different\n";
}

nlohmann::json as_json(const std::vector<Finding>& findings) {
  auto list = nlohmann::json::array();
  for (const auto& finding : findings)
    list.push_back({{"ko", finding.ko}, {"error", finding.text}});
  return list;
}

void print_json(const VerifyResult& result, const std::optional<RegenerateResult>& again) {
  nlohmann::json all = {
      {"modules", result.modules}, {"bases", result.bases}, {"bad", as_json(result.bad)}};
  if (again)
    all["regenerated"] = {{"same", again->same},
                          {"different", as_json(again->different)},
                          {"unchecked", as_json(again->unchecked)}};
  std::cout << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

} // namespace

int run_verify(const VerifyOptions& options) {
  const KnownState state = load_known_state();
  auto groups = group_modules(options.paths, options.base, state);
  Status done = groups ? Status(Ok{}) : Status(groups.forward_error());
  VerifyResult result;
  if (groups)
    for (const auto& [base_path, modules] : *groups)
      if (done)
        done = check_modules(base_path, modules, state, result);
  if (!done) {
    std::cerr << "kbtf: " << done.error().text << '\n';
    return k_cannot_check;
  }
  std::optional<RegenerateResult> again;
  if (options.regenerate)
    again = regenerate_modules(*groups, *options.regenerate, state);
  (options.json ? print_json : print_text)(result, again);
  if (!result.bad.empty() || (again && !again->different.empty()))
    return k_bad_module;
  return again && again->same == 0 ? k_cannot_check : k_sound;
}

} // namespace kbtf
