// SPDX-License-Identifier: GPL-2.0-only
// One module stage of one build, from plan to stage_end: what its modules are built against, and
// what happened to them so far. Event loop's thread.
#pragma once

#include "daemon/model/counts.hpp"
#include "daemon/stage/link_files.hpp"
#include "daemon/stage/observe.hpp"
#include "daemon/stage/renumber_module.hpp"
#include "daemon/tools/link_key.hpp"
#include "daemon/tools/modules_order.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace kbtf {

struct Stage {
  std::string id;
  std::string cwd;
  std::string modules_order;
  bool sends_stage_end = false;
  Surroundings around;                     // of make, with its whole environment: never store it
  std::shared_ptr<const StageFacts> facts; // never null
  std::unordered_map<std::string, Reason> reasons; // absolute .ko -> why make works on it
  std::unordered_set<std::string> touched;         // absolute .ko that make ran for
  // Absolute .ko -> what stage_end will write, unless make links the module first. Null: promised,
  // but the bytes are dropped, because a later stage has the same modules or there are too many.
  std::map<std::string, std::shared_ptr<const RenumberedModule>> renumber;
  StageLink link;
  // Absolute .ko whose link would write the existing bytes -> the files that this link would read.
  std::unordered_map<std::string, std::vector<ToolFile>> same_link;
  StageCounts counts;

  [[nodiscard]] std::string path_of(const std::string& ko) const { return absolute_path(cwd, ko); }
  [[nodiscard]] LinkSpec link_spec(const LinkCommand& command) const {
    return {around, command.command, command.inputs};
  }
  // A step begins on a module (absolute): drops whatever else was promised for it.
  void note_step(const std::string& ko) {
    touched.insert(ko);
    renumber.erase(ko);
    same_link.erase(ko);
  }
};

} // namespace kbtf
