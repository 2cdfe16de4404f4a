// SPDX-License-Identifier: GPL-2.0-only
// The JSON values of the state: what is written is read again, as docs/state-format.md spells it,
// and what is damaged is forgotten.
#include "daemon/store/state_values.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kbtf::test {
namespace {

using nlohmann::json;

TreeRecord sample_tree() {
  return {"/k/out",
          "/k/out",
          "modules.order",
          "/k/out/vmlinux",
          {{1, 2}, {3, 4}, {5, 6}},
          "2026-01-02T03:04:05Z",
          "6.12.0",
          "split",
          "why"};
}

StageSpec sample_spec() {
  StageSpec spec;
  spec.cwd = "/k/out";
  spec.modules_order = "modules.order";
  spec.target = "a.ko";
  spec.module_count = 7;
  spec.command = "pahole -J a.ko";
  spec.link = {"ld -r -o a.ko a.o", {"a.o"}};
  spec.tools = {"pahole"};
  spec.path = "/bin";
  spec.library_path = "/lib";
  spec.pahole_flags = "-j";
  spec.script_flags = "--x";
  spec.environment = {"LC_ALL=C"};
  spec.sends_stage_end = true;
  spec.dropped_flag = "-j2";
  spec.kernel = "6.12.0";
  spec.rule = "split";
  return spec;
}

TEST(StateValues, TreesComeBack) {
  const std::string text = trees_to_text({{"/k/out", sample_tree()}});
  const TreeRecords trees = trees_from_text(text);
  ASSERT_EQ(trees.size(), 1U);
  EXPECT_EQ(trees_to_text(trees), text);
  const TreeRecord& tree = trees.at("/k/out");
  EXPECT_EQ(tree.cwd, "/k/out");
  EXPECT_EQ(tree.modules_order, "modules.order");
  EXPECT_EQ(tree.base_path, "/k/out/vmlinux");
  EXPECT_TRUE(tree.key == sample_tree().key);
  EXPECT_EQ(tree.at, "2026-01-02T03:04:05Z");
  EXPECT_EQ(tree.kernel, "6.12.0");
  EXPECT_EQ(tree.rule, "split");
  EXPECT_EQ(tree.why_stock, "why");
}

TEST(StateValues, TreesAreSpelledAsDocumented) {
  const json list = json::parse(trees_to_text({{"/k/out", sample_tree()}}));
  std::vector<std::string> names;
  for (const auto& [name, value] : list.at(0).items()) {
    names.push_back(name);
    EXPECT_TRUE(value.is_string()) << name;
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"at", "base", "base_hash", "cwd", "kernel", "linker_key",
                                      "modules_order", "rule", "tool_key", "tree", "why_stock"}));
}

TEST(StateValues, SpecsComeBack) {
  const std::string text = specs_to_text({{"/k/out", sample_spec()}});
  const StageSpecs specs = specs_from_text(text);
  ASSERT_EQ(specs.size(), 1U);
  EXPECT_EQ(specs_to_text(specs), text);
  const json values = json::parse(text).at("/k/out");
  EXPECT_EQ(values.size(), 16U);
  for (const auto& [name, value] : values.items())
    EXPECT_NE(value, json(StageSpec{}.cwd)) << name << " is lost";
}

TEST(StateValues, CountsComeBack) {
  const StageCounts counts{1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(json::parse(counts_to_text(counts)), json::parse(R"(
      {"modules":1,"linked":2,"btf_run":3,"btf_cached":4,"btf_renumbered":5,"untouched":6,
       "fallback_stock":7})"));
  EXPECT_EQ(counts_to_text(counts_from_text(counts_to_text(counts))), counts_to_text(counts));
  const SelfCheckCounts checks{1, 2, 3, 4};
  EXPECT_EQ(json::parse(self_checks_to_text(checks)),
            json::parse(R"({"same":1,"different":2,"unchecked":3,"adopted_different":4})"));
  EXPECT_EQ(self_checks_to_text(self_checks_from_text(self_checks_to_text(checks))),
            self_checks_to_text(checks));
}

TEST(StateValues, DamageIsForgotten) {
  for (const char* text :
       {"", "{", "7", "null", "[7]", "[{}]", "{\"a\": 7}", "{\"modules\": \"x\"}",
        "[{\"tree\": 7}]", "[{\"tree\": \"/k\", \"base\": 7}]"}) {
    EXPECT_EQ(trees_from_text(text).size(), 0U) << text;
    EXPECT_EQ(counts_from_text(text).modules, 0U) << text;
    EXPECT_EQ(self_checks_from_text(text).same, 0U) << text;
  }
  for (const char* text : {"", "{", "7", "null", "[7]", "{\"/k\": 7}", "{\"/k\": {\"cwd\": 7}}"})
    EXPECT_EQ(specs_from_text(text).size(), 0U) << text;
}

TEST(StateValues, UnknownFieldsAreIgnored) {
  EXPECT_EQ(counts_from_text(R"({"modules":1,"more":2})").modules, 1U);
  EXPECT_EQ(trees_from_text(R"([{"tree":"/k","more":2}])").size(), 1U);
}

// A file's name may hold any bytes.
TEST(StateValues, OtherThanUtf8IsNotThrownOn) {
  TreeRecord tree = sample_tree();
  tree.cwd = "/caf\xe9";
  EXPECT_NE(trees_to_text({{"/k/out", tree}}), "");
}

} // namespace
} // namespace kbtf::test
