// SPDX-License-Identifier: GPL-2.0-only
// Every message as it stands on the wire: the JSON below is what docs/protocol.md promises.
#include "proto/message.hpp"

#include "tests/unit/expect.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using nlohmann::json;

template <typename T> json there_and_back(const json& wire) {
  const auto value = from_body<T>(wire);
  return value ? json(*value) : json(value.error().text);
}

const char* k_counts = R"({"modules":1,"linked":2,"btf_run":3,"btf_cached":4,"btf_renumbered":5,
                           "untouched":6,"fallback_stock":7})";

struct Message {
  const char* name;
  json wire; // each field with another value than its default
  json (*pass)(const json&);
};

std::vector<Message> all_messages() {
  const json counts = json::parse(k_counts);
  const json link = {{"command", "ld -r -o a.ko a.o"}, {"inputs", {"a.o"}}};
  const json checks = {{"same", 1}, {"different", 2}, {"unchecked", 3}, {"adopted_different", 4}};
  const json input = {{"name", "pahole"}, {"recorded", "1"}, {"now", "2"}, {"changed", true}};
  const json plan = {{"ko", "a.ko"}, {"serve", "step"}, {"reason", "base BTF changed"}};
  const json stage = {{"tree", "/t"},         {"cwd", "/k"},       {"base", "vmlinux"},
                      {"base_hash", "a1"},    {"tool_key", "b2"},  {"at", "2026-01-02T03:04:05Z"},
                      {"modules_order", "m"}, {"rule", "r"},       {"why_stock", "no .BTF"},
                      {"kernel", "6.12.1"},   {"linker_key", "c3"}};
  const json tree = {{"known", true},
                     {"stage", stage},
                     {"modules", 9},
                     {"as_recorded", 5},
                     {"other_base", 2},
                     {"other_tools", 1},
                     {"why_unknown", "no base"},
                     {"missing", 1},
                     {"unfinished", 1},
                     {"first_other", "/k/a.ko"}};
  return {
      {"Greeting",
       {{"kbtfd", "0.1.0"},
        {"protocol", 1},
        {"capabilities", {"plan", "step"}},
        {"view", "mnt:[1],8:1:2"}},
       there_and_back<Greeting>},
      {"Counts", counts, there_and_back<Counts>},
      {"PlanRequest",
       {{"cwd", "/k"},
        {"modules_order", "modules.order"},
        {"target", "a.ko"},
        {"module_count", 2},
        {"command", "pahole -J a.ko"},
        {"tools", {"pahole", "objcopy"}},
        {"path", "/usr/bin"},
        {"library_path", "/opt/lib"},
        {"pahole_flags", "--x"},
        {"script_flags", "--x --y"},
        {"environment", {"ARCH=x86"}},
        {"sends_stage_end", true},
        {"dropped_flag", "-j"},
        {"kernel", "6.12.1"},
        {"rule", "if_changed and gen-btf.sh"},
        {"link", link}},
       there_and_back<PlanRequest>},
      {"ModulePlan", plan, there_and_back<ModulePlan>},
      {"PlanReply",
       {{"stage", "3"},
        {"why_stock", "no .BTF"},
        {"is_stock_told", true},
        {"modules", {plan}},
        {"renumbered", 4},
        {"notices", {"without -j"}}},
       there_and_back<PlanReply>},
      {"BeginRequest",
       {{"stage", "3"}, {"ko", "a.ko"}, {"input", "finished"}, {"link", link}},
       there_and_back<BeginRequest>},
      {"BeginReply", {{"outcome", "relink"}, {"reason", "no patch"}}, there_and_back<BeginReply>},
      {"FinishRequest",
       {{"stage", "3"}, {"ko", "a.ko"}, {"exit_status", 2}, {"linked", true}},
       there_and_back<FinishRequest>},
      {"FinishReply", json::object(), there_and_back<FinishReply>},
      {"LinkText", link, there_and_back<LinkText>},
      {"SameLinkRequest",
       {{"stage", "3"}, {"ko", "a.ko"}, {"link", link}},
       there_and_back<SameLinkRequest>},
      {"SameLinkReply", {{"same", true}}, there_and_back<SameLinkReply>},
      {"StageEndRequest", {{"stage", "3"}}, there_and_back<StageEndRequest>},
      {"StageEndReply",
       {{"counts", counts}, {"renumbered", {"a.ko"}}, {"again", "disk full"}, {"has_ended", true}},
       there_and_back<StageEndReply>},
      {"StatusRequest", {{"tree", "/k"}}, there_and_back<StatusRequest>},
      {"StageInfo", stage, there_and_back<StageInfo>},
      {"TreeStatus", tree, there_and_back<TreeStatus>},
      {"StatusReply",
       {{"version", "0.1.0"},
        {"runtime_dir", "/run"},
        {"state_dir", "/state"},
        {"watch", "inotify, 2 directories"},
        {"state", "/state/state.db"},
        {"state_warning", "damaged"},
        {"log", "/state/kbtfd.log"},
        {"pid", 42},
        {"uptime_s", 7},
        {"modules", 8},
        {"pending_patches", 9},
        {"resident_kib", 10},
        {"stages", {stage}},
        {"distrusted", {"/state/distrusted/b2"}},
        {"tree", tree}},
       there_and_back<StatusReply>},
      {"StatsRequest", {{"zero", true}}, there_and_back<StatsRequest>},
      {"SelfChecks", checks, there_and_back<SelfChecks>},
      {"StatsReply",
       {{"totals", counts}, {"last_stage", counts}, {"self_checks", checks}},
       there_and_back<StatsReply>},
      {"ExplainRequest", {{"ko", "/k/a.ko"}}, there_and_back<ExplainRequest>},
      {"ExplainInput", input, there_and_back<ExplainInput>},
      {"ExplainReply",
       {{"known", true},
        {"ko", "/k/a.ko"},
        {"state", "finished"},
        {"reason_code", "base_changed"},
        {"reason", "base BTF changed"},
        {"at", "2026-01-02T03:04:05Z"},
        {"inputs", {input}}},
       there_and_back<ExplainReply>},
      {"RestoreRequest", {{"tree", "/k"}}, there_and_back<RestoreRequest>},
      {"RestoreReply", {{"kept", 1}, {"touched", 2}, {"removed", 3}}, there_and_back<RestoreReply>},
      {"StopRequest", json::object(), there_and_back<StopRequest>},
      {"StopReply", {{"pid", 42}}, there_and_back<StopReply>},
      {"DrainRequest", json::object(), there_and_back<DrainRequest>},
      {"DrainReply", json::object(), there_and_back<DrainReply>},
  };
}

class EveryMessage : public testing::TestWithParam<Message> {};

TEST_P(EveryMessage, RoundTrips) {
  EXPECT_EQ(GetParam().pass(GetParam().wire), GetParam().wire);
}

TEST_P(EveryMessage, IgnoresUnknownFields) {
  json wire = GetParam().wire;
  wire["from_a_later_version"] = {1, 2, 3};
  EXPECT_EQ(GetParam().pass(wire), GetParam().wire);
}

TEST_P(EveryMessage, FillsInMissingFields) {
  const json defaults = GetParam().pass(json::object());
  ASSERT_TRUE(defaults.is_object()) << defaults;
  for (const auto& [field, value] : GetParam().wire.items()) {
    json wire = GetParam().wire;
    wire.erase(field);
    json expected = GetParam().wire;
    expected[field] = defaults[field];
    EXPECT_NE(defaults[field], value) << field << ": this test needs another value";
    EXPECT_EQ(GetParam().pass(wire), expected) << field;
  }
}

// Enumerators have rules of their own, below.
TEST_P(EveryMessage, RefusesFieldsOfAnotherType) {
  for (const auto& [field, value] : GetParam().wire.items()) {
    if (field == "serve" || field == "input" || field == "outcome")
      continue;
    json wire = GetParam().wire;
    wire[field] = value.is_string() ? json(7) : json("text");
    EXPECT_TRUE(GetParam().pass(wire).is_string()) << field << " of another type was taken";
    wire[field] = nullptr;
    EXPECT_TRUE(GetParam().pass(wire).is_string()) << field << " of null was taken";
  }
}

INSTANTIATE_TEST_SUITE_P(Protocol, EveryMessage, testing::ValuesIn(all_messages()),
                         [](const auto& test) { return std::string(test.param.name); });

// A newer peer may know more ways; what an older one makes of them must be the safe one.
TEST(MessageEnums, UnknownValuesReadAsSafest) {
  for (const json& odd : {json("renumber"), json(7), json(nullptr), json::object()}) {
    EXPECT_EQ(from_body<ModulePlan>({{"serve", odd}})->serve, ModuleWork::link);
    EXPECT_EQ(from_body<BeginRequest>({{"input", odd}})->input, Input::finished);
    EXPECT_EQ(from_body<BeginReply>({{"outcome", odd}})->outcome, Begin::relink);
  }
}

TEST(MessageEnums, MatchProtocolSpelling) {
  EXPECT_EQ(json({ModuleWork::step, ModuleWork::link}), json({"step", "link"}));
  EXPECT_EQ(json({Input::link_output, Input::finished}), json({"link_output", "finished"}));
  EXPECT_EQ(json({Begin::ready, Begin::relink}), json({"ready", "relink"}));
}

} // namespace
} // namespace kbtf::test
