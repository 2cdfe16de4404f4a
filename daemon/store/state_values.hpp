// SPDX-License-Identifier: GPL-2.0-only
// The named values of the state that are JSON: what is remembered of each tree, and counts.
// docs/state-format.md, "value", specifies them; changing a field's meaning or name needs a new
// k_state_version. A missing field gets its default. Text that does not parse, or has a field of
// another type, gives a default value: damage is forgotten, never an error. Pure; any thread.
#pragma once

#include "daemon/model/counts.hpp"
#include "daemon/model/stage_spec.hpp"
#include "daemon/model/tree_record.hpp"

#include <map>
#include <string>

namespace kbtf {

// Names of the values.
inline constexpr const char* k_trees_value = "stages";
inline constexpr const char* k_specs_value = "requests";
inline constexpr const char* k_totals_value = "totals";
inline constexpr const char* k_last_stage_value = "last_stage";
inline constexpr const char* k_self_checks_value = "self_checks";

using TreeRecords = std::map<std::string, TreeRecord>; // by TreeRecord::tree
using StageSpecs = std::map<std::string, StageSpec>;   // likewise; of that tree's last stage

[[nodiscard]] std::string trees_to_text(const TreeRecords& trees);
[[nodiscard]] TreeRecords trees_from_text(const std::string& text);

[[nodiscard]] std::string specs_to_text(const StageSpecs& specs);
[[nodiscard]] StageSpecs specs_from_text(const std::string& text);

[[nodiscard]] std::string counts_to_text(const StageCounts& counts);
[[nodiscard]] StageCounts counts_from_text(const std::string& text);

[[nodiscard]] std::string self_checks_to_text(const SelfCheckCounts& counts);
[[nodiscard]] SelfCheckCounts self_checks_from_text(const std::string& text);

} // namespace kbtf
