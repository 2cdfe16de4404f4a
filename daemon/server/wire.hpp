// SPDX-License-Identifier: GPL-2.0-only
// Converts wire messages to the daemon's values, and back. Nothing below daemon/server knows
// proto/message.hpp. Pure; any thread.
#pragma once

#include "daemon/model/counts.hpp"
#include "daemon/model/stage_spec.hpp"
#include "daemon/model/tree_record.hpp"
#include "daemon/plan/decide.hpp"
#include "daemon/stage/tree.hpp"
#include "proto/message.hpp"

namespace kbtf {

[[nodiscard]] LinkCommand from_wire(const LinkText& link);
[[nodiscard]] StageSpec from_wire(const PlanRequest& request);

[[nodiscard]] Counts to_wire(const StageCounts& counts);
[[nodiscard]] SelfChecks to_wire(const SelfCheckCounts& counts);
[[nodiscard]] StageInfo to_wire(const TreeRecord& tree);
[[nodiscard]] TreeStatus to_wire(const TreeRecord& tree, const TreeComparison& compared);
[[nodiscard]] RestoreReply to_wire(const Restored& restored);
// For a decision that make has to carry out.
[[nodiscard]] ModuleWork to_wire(Serve serve);

} // namespace kbtf
