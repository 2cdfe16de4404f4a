// SPDX-License-Identifier: GPL-2.0-only
// The self-check of one module: rebuilds it the stock way (regenerate.hpp), and prepares what
// follows from the comparison. Knows files, not the state. Blocking; any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/stage/regenerate.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

struct SelfCheck {
  ModuleRecord record; // as of the start of the check
  Regenerated::Result result = Regenerated::Result::unchecked;
  std::string text; // unchecked: one phrase; different: one line that names the module
  // Only with `same`; unknown or empty if not available. The link key and inputs; the finished
  // module's content as in ModuleRecord, the hash of the pristine bytes, and the patch from the
  // finished to the pristine bytes.
  ContentHash link, inputs, rest, btf, pristine;
  std::vector<std::byte> patch;
};

// If a module that kbtf made differs, leaves a mark in `state_dir` (difference.hpp): what kbtf does
// with these tools is not to be trusted. If an adopted module differs, nobody knows what built it:
// leaves no mark, but gives the .ko an old time.
[[nodiscard]] SelfCheck self_check(const Regenerator& regenerator, const StageSpec& spec,
                                   const std::string& base_path, const std::string& state_dir,
                                   const ModuleRecord& record);

} // namespace kbtf
