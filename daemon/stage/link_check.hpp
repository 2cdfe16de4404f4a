// SPDX-License-Identifier: GPL-2.0-only
// Checks whether linking a stage's modules would still read what the last links read. make goes by
// time alone, and misses a file that was restored with an older time; and if a module is only
// renumbered, make does not look at all. Blocking: a few stat(2) per module, and hashing where a
// stamp has moved; any thread.
#pragma once

#include "daemon/stage/observe.hpp"

#include <vector>

namespace kbtf {

// Completes what was seen of each subject (one per module of `facts`, in its order): sets
// Observed::has_other_inputs, and Seen::inputs if only stamps have moved. `facts` were gathered
// from `spec`. Does nothing without a link command. Leaves files newer than the module to make,
// which sees them.
void check_link_inputs(const StageSpec& spec, const StageFacts& facts, FileHashes& hashes,
                       const std::vector<KnownModule>& subjects, std::vector<Seen>& seen);

} // namespace kbtf
