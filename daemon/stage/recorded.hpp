// SPDX-License-Identifier: GPL-2.0-only
// Is a .ko the one that the record is of? Blocking (may read the whole file); any thread.
#pragma once

#include "daemon/model/module_record.hpp"

namespace kbtf {

// True for the recorded stamp and, where the stamp moved (touched, copied back), for the recorded
// content. For a record in the state `renumbering` only the content counts; a step that did not
// finish left nothing that is recorded. `stamp` is the file's own, taken just now.
[[nodiscard]] bool is_as_recorded(const ModuleRecord& record, const FileStamp& stamp);

} // namespace kbtf
