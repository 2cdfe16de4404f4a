// SPDX-License-Identifier: GPL-2.0-only
// Is a .ko the one that the record is of? Blocking (may read the whole file); any thread.
#pragma once

#include "daemon/model/module_record.hpp"

namespace kbtf {

struct Recorded {
  bool is_same = false;
  bool is_settled = false; // with is_same: the stamp alone will tell from now on
};

// The same for the recorded stamp, if that is settled, and else (touched, copied back, changed so
// recently that the stamp does not tell) for the recorded content. For a record in the state
// `renumbering` only the content counts; what is in doubt, or a step that did not finish, left
// nothing that is recorded. `stamp` is the file's own, taken at `now_ns` or later.
[[nodiscard]] Recorded compare_with_record(const ModuleRecord& record, const FileStamp& stamp,
                                           std::int64_t now_ns = realtime_ns());

} // namespace kbtf
