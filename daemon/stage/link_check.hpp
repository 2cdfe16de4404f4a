// SPDX-License-Identifier: GPL-2.0-only
// Would the links of a stage's modules still read what the last ones have read? make tells by time
// alone, which a file that was put back with an older one passes; and where a module is only
// renumbered make does not look at all. Blocking: a few stat(2) per module, and hashing where a
// stamp has moved; any thread.
#pragma once

#include "daemon/stage/observe.hpp"

#include <vector>

namespace kbtf {

// Completes what was seen of each subject (one per module of `facts`, in its order):
// Observed::has_other_inputs, and Seen::inputs where only stamps have moved. `spec` is the one
// that `facts` were gathered from; without a link command nothing is done. A file that is newer
// than the module is left to make, which sees it.
void check_link_inputs(const StageSpec& spec, const StageFacts& facts, FileHashes& hashes,
                       const std::vector<Subject>& subjects, std::vector<Seen>& seen);

} // namespace kbtf
