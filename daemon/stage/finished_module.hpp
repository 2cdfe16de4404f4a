// SPDX-License-Identifier: GPL-2.0-only
// Reads what a BTF step wrote, before make continues, so that nobody can have changed it since.
// Blocking; any thread.
#pragma once

#include "daemon/btf/module_content.hpp"
#include "daemon/stage/observe.hpp"

#include <string>

namespace kbtf {

struct FinishedModule {
  ModuleContent content;
  bool is_settled = false; // content.stamp cannot stand for other bytes
};

// Gives the .ko a time stamp that no later change can leave again, where the file system supports
// it, and reads the .ko. Errors: not_found, malformed, io, file_moved. file_moved also if base or
// tools are no longer those of `facts`: then nobody knows what the step has read.
[[nodiscard]] Expected<FinishedModule> read_finished(const std::string& ko,
                                                     const StageFacts& facts);

} // namespace kbtf
