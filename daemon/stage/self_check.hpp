// SPDX-License-Identifier: GPL-2.0-only
// The self-check of one module: it is made once more as stock makes it (regenerate.hpp), and what
// follows from the comparison is got ready. Knows files, not the state. Blocking; any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/stage/regenerate.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

struct SelfCheck {
  ModuleRecord record; // as it was when the check began
  Regenerated::Result result = Regenerated::Result::unchecked;
  std::string text; // unchecked: one phrase; different: one line that names the module
  // With `same`, and unknown or empty where they could not be had: the link key and inputs; the
  // finished module's content as ModuleRecord has it, the hash of the pristine bytes, and the patch
  // from the one to the other.
  ContentHash link, inputs, rest, btf, pristine;
  std::vector<std::byte> patch;
};

// A difference in a module that kbtf made leaves its mark in `state_dir` (difference.hpp): what
// kbtf does with these tools is not to be trusted. One in a module that was adopted says that
// nobody knows what built it, and leaves none.
[[nodiscard]] SelfCheck self_check(const Regenerator& regenerator, const StageSpec& spec,
                                   const std::string& base_path, const std::string& state_dir,
                                   const ModuleRecord& record);

} // namespace kbtf
