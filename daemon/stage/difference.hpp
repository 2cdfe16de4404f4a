// SPDX-License-Identifier: GPL-2.0-only
// What a self-check leaves when it finds a difference: both modules, and their BTF as bpftool
// prints it, in STATE/distrusted/KEY.d, and the mark that turns renumbering off
// (store/distrust.hpp). Blocking; any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/model/stage_spec.hpp"
#include "util/error.hpp"

#include <string>

namespace kbtf {

// `record` is of kbtf's module, `stock_ko` the path of stock's; both are copied. Returns one line
// for people. Errors: refused, io; the mark may exist then, without the files.
[[nodiscard]] Expected<std::string>
keep_difference(const std::string& state_dir, const StageSpec& spec, const std::string& base_path,
                const ModuleRecord& record, const std::string& stock_ko);

} // namespace kbtf
