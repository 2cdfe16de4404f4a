// SPDX-License-Identifier: GPL-2.0-only
// Compares a .ko with its record. Blocking (may read the whole file); any thread.
#pragma once

#include "daemon/model/module_record.hpp"

namespace kbtf {

struct Recorded {
  bool is_same = false;
  bool is_settled = false; // if is_same: from now on the stamp alone tells
};

// The file is the same if it has the recorded stamp and that is settled. Otherwise (touched, copied
// back, changed so recently that the stamp does not tell) the recorded content decides. For a
// record in the state `renumbering` only the content counts; for `writing` and `doubtful`, never
// the same. `stamp` is the file's own, taken at `now_ns` or later.
[[nodiscard]] Recorded compare_with_record(const ModuleRecord& record, const FileStamp& stamp,
                                           std::int64_t now_ns = realtime_ns());

} // namespace kbtf
