// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/wire.hpp"

namespace kbtf {

LinkCommand from_wire(const LinkText& link) {
  return {link.command, link.inputs};
}

StageSpec from_wire(const PlanRequest& request) {
  StageSpec spec;
  spec.cwd = request.cwd;
  spec.modules_order = request.modules_order;
  spec.target = request.target;
  spec.module_count = request.module_count;
  spec.command = request.command;
  spec.link = from_wire(request.link);
  spec.tools = request.tools;
  spec.path = request.path;
  spec.library_path = request.library_path;
  spec.pahole_flags = request.pahole_flags;
  spec.script_flags = request.script_flags;
  spec.environment = request.environment;
  spec.sends_stage_end = request.sends_stage_end;
  spec.dropped_flag = request.dropped_flag;
  spec.kernel = request.kernel;
  spec.rule = request.rule;
  return spec;
}

Counts to_wire(const StageCounts& counts) {
  return {counts.modules,        counts.linked,    counts.btf_run,       counts.btf_cached,
          counts.btf_renumbered, counts.untouched, counts.fallback_stock};
}

SelfChecks to_wire(const SelfCheckCounts& counts) {
  return {counts.same, counts.different, counts.unchecked, counts.adopted_different};
}

StageInfo to_wire(const TreeRecord& tree) {
  StageInfo info;
  info.tree = tree.tree;
  info.cwd = tree.cwd;
  info.base = tree.base_path;
  info.base_hash = tree.key.base.hex();
  info.modules_order = tree.modules_order;
  info.tool_key = tree.key.tools.hex();
  info.linker_key = tree.key.linker.hex();
  info.at = tree.at;
  info.kernel = tree.kernel;
  info.rule = tree.rule;
  info.why_stock = tree.why_stock;
  return info;
}

TreeStatus to_wire(const TreeRecord& tree, const TreeComparison& compared) {
  TreeStatus status;
  status.known = true;
  status.stage = to_wire(tree);
  status.modules = compared.modules;
  status.as_recorded = compared.as_recorded;
  status.other_base = compared.other_base;
  status.other_tools = compared.other_tools;
  status.why_unknown = compared.why_unknown;
  status.missing = compared.missing;
  status.unfinished = compared.unfinished;
  status.first_other = compared.first_other;
  return status;
}

RestoreReply to_wire(const Restored& restored) {
  return {restored.kept, restored.touched.size(), restored.removed.size()};
}

ModuleWork to_wire(Serve serve) {
  return serve == Serve::step ? ModuleWork::step : ModuleWork::link;
}

} // namespace kbtf
