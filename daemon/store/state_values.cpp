// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/state_values.hpp"

#include <nlohmann/json.hpp>

namespace kbtf {

#define KBTF_VALUE NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT
KBTF_VALUE(LinkCommand, command, inputs)
KBTF_VALUE(StageSpec, cwd, modules_order, target, module_count, command, tools, path, library_path,
           pahole_flags, script_flags, environment, sends_stage_end, dropped_flag, kernel, rule,
           link)
KBTF_VALUE(StageCounts, modules, linked, btf_run, btf_cached, btf_renumbered, untouched,
           fallback_stock)
KBTF_VALUE(SelfCheckCounts, same, different, unchecked, adopted_different)
#undef KBTF_VALUE

void to_json(nlohmann::json& json, const TreeRecord& tree) {
  json = {{"tree", tree.tree},
          {"cwd", tree.cwd},
          {"base", tree.base_path},
          {"base_hash", tree.key.base.hex()},
          {"modules_order", tree.modules_order},
          {"tool_key", tree.key.tools.hex()},
          {"linker_key", tree.key.linker.hex()},
          {"at", tree.at},
          {"kernel", tree.kernel},
          {"rule", tree.rule},
          {"why_stock", tree.why_stock}};
}

void from_json(const nlohmann::json& json, TreeRecord& tree) {
  const auto text = [&json](const char* name) { return json.value(name, std::string()); };
  tree = {text("tree"),
          text("cwd"),
          text("modules_order"),
          text("base"),
          {ContentHash::from_hex(text("base_hash")), ContentHash::from_hex(text("tool_key")),
           ContentHash::from_hex(text("linker_key"))},
          text("at"),
          text("kernel"),
          text("rule"),
          text("why_stock")};
}

namespace {

// A path may contain any bytes: replace what is not UTF-8, never throw.
std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename T> T value_from(const nlohmann::json& json) {
  try {
    return json.get<T>();
  } catch (const nlohmann::json::exception&) {
    return T{};
  }
}

template <typename T> T parsed(const std::string& text) {
  return value_from<T>(nlohmann::json::parse(text, nullptr, false));
}

} // namespace

std::string trees_to_text(const TreeRecords& trees) {
  auto list = nlohmann::json::array();
  for (const auto& [name, tree] : trees)
    list.push_back(tree);
  return dump(list);
}

TreeRecords trees_from_text(const std::string& text) {
  TreeRecords trees;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array())
    return trees;
  for (const auto& item : list)
    if (auto tree = value_from<TreeRecord>(item); !tree.tree.empty()) {
      std::string name = tree.tree;
      trees.insert_or_assign(std::move(name), std::move(tree));
    }
  return trees;
}

std::string specs_to_text(const StageSpecs& specs) {
  return dump(specs);
}

StageSpecs specs_from_text(const std::string& text) {
  return parsed<StageSpecs>(text);
}

std::string counts_to_text(const StageCounts& counts) {
  return dump(counts);
}

StageCounts counts_from_text(const std::string& text) {
  return parsed<StageCounts>(text);
}

std::string self_checks_to_text(const SelfCheckCounts& counts) {
  return dump(counts);
}

SelfCheckCounts self_checks_from_text(const std::string& text) {
  return parsed<SelfCheckCounts>(text);
}

} // namespace kbtf
