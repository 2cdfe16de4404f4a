// SPDX-License-Identifier: GPL-2.0-only
// The planner: from a record and what is on disk now, how to serve the module, and why. Pure: reads
// no file, no clock. make decides about the link inputs (.o, .mod.o, link command); this decides
// about everything else. If in doubt, link: a needless link costs 50 ms, a wrong skip a machine
// that does not boot.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/plan/reason.hpp"

#include <optional>

namespace kbtf {

// How a module is served.
enum class Serve {
  untouched, // nothing runs
  renumber,  // the daemon writes new BTF, nothing runs
  step,      // BTF step on the pristine bytes, no relink
  link,      // relink, then BTF step
};

// What the caller saw on disk.
struct Observed {
  bool exists = false;
  // The .ko has the recorded stamp or, if the stamp moved, the recorded content. If the daemon was
  // interrupted while renumbering the .ko, only the content counts.
  bool is_recorded_file = false;
  // A file that the last link read has other content now, however old the file is.
  bool has_other_inputs = false;
  // The pristine bytes can be restored (a patch is stored for this finished file).
  bool can_restore = false;
  // Everything needed to compute its BTF for another base is available.
  bool can_renumber = false;
  // A self-check found a difference under the same tools; this module was recorded no later than
  // that.
  bool is_distrusted = false;
  // Used only without a record. The .ko is not older than the base, and newer than the
  // configuration and every tool that makes BTF, with its libraries and scripts. It has split BTF
  // that is valid on this base, has no .BTF_ids, and is laid out as a linker or objcopy does it.
  bool adoptable = false;
};

struct Decision {
  Serve serve = Serve::link;
  Reason reason;
};

// `record` is null if there is none.
[[nodiscard]] Decision decide(const ModuleRecord* record, const Observed& observed,
                              const BuildKey& now);

// What to do instead if a module could not be renumbered. `why_not` is one phrase that goes into
// the reason; empty: not known.
[[nodiscard]] Decision decide_without_renumbering(Decision decision, const Observed& observed,
                                                  const std::string& why_not);

} // namespace kbtf
