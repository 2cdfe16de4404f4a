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
  // Used only without a record. The .ko is newer than the base, the configuration, and every tool
  // that makes BTF, with its libraries and scripts. It has split BTF that is valid on this base,
  // has no .BTF_ids, and is laid out as a linker or objcopy does it.
  //
  // This is enough to start with. Kbuild orders a .ko after its inputs by time, so such a file had
  // a BTF step against this base; and the tools, which Kbuild does not look at, have not changed
  // since. Stock's result differs from a clean one only after a second BTF step on a finished file:
  // that moves the kfunc flags in .BTF_ids, and makes libelf lay out the file in section order.
  // Files with either mark are not adopted. All this rests on time stamps, which anybody can set.
  // So as soon as the machine is idle, an adopted module is rebuilt the stock way; if it differs,
  // the next build links it.
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
