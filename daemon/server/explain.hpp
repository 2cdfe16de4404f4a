// SPDX-License-Identifier: GPL-2.0-only
// What `kbtf explain` says about a module: compares its record with the current file, base and
// tools. Blocking: hashes the .ko and the base; on the pool.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/stage/tool_inputs.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "proto/message.hpp"

#include <string>
#include <vector>

namespace kbtf {

// For a .ko (absolute) without a record.
[[nodiscard]] ExplainReply explain_unknown(const std::string& ko);

// `base_path`: of its tree's last stage, "" if there is none. `then` and `now`: the inputs of the
// recorded tool and linker keys, and of those that the tree has now.
[[nodiscard]] ExplainReply explain_module(const ModuleRecord& record, const std::string& base_path,
                                          const std::vector<ToolInput>& then,
                                          const std::vector<ToolInput>& now, FileHashes& hashes);

} // namespace kbtf
