// SPDX-License-Identifier: GPL-2.0-only
// What a BTF step has left: read before make goes on, so that nobody can have changed it since.
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

// Gives the .ko a time stamp that no later change can leave again, where the file system has it,
// and reads it. Errors: not_found, malformed, file_moved; and file_moved where base or tools are
// not those of `facts` any more: then nobody knows what the step has read.
[[nodiscard]] Expected<FinishedModule> read_finished(const std::string& ko,
                                                     const StageFacts& facts);

} // namespace kbtf
