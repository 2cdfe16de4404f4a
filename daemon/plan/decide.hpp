// SPDX-License-Identifier: GPL-2.0-only
// The planner: a record and what is on disk now -> how to serve the module, and why.
// Pure: reads no file, no clock. make decides about the link inputs (.o, .mod.o, link command)
// by itself; this decides about everything else. Whatever is not certain is a link: a needless
// link costs 50 ms, a wrong skip a machine that does not boot.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/plan/reason.hpp"

#include <optional>

namespace kbtf {

// How a module is served.
enum class Serve {
  untouched, // nothing runs
  renumber,  // new BTF is written by the daemon, nothing runs
  step,      // BTF step from the pristine link output, no relink
  link,      // relink, then BTF step
};

// What the caller saw on disk.
struct Observed {
  bool exists = false;
  // The .ko has the record's stamp, or, where the stamp moved, the recorded content. Only the
  // content counts where the daemon was interrupted while it renumbered the .ko.
  bool is_recorded_file = false;
  // A file that the last link read has other content now, however old it is.
  bool has_other_inputs = false;
  // The pristine bytes can be restored (a patch is stored for this finished file).
  bool can_restore = false;
  // There is what it takes to work out its BTF on another base.
  bool can_renumber = false;
  // A self-check found a module wrong that was recorded, as this one, under the same tools, and
  // not before this one.
  bool is_distrusted = false;
  // Only looked at when there is no record: the .ko is newer than the base, than every tool that
  // makes BTF, its libraries and scripts, and than the configuration; it has split BTF that is
  // valid on this base, has no .BTF_ids, and is laid out as a linker or objcopy lays out.
  //
  // Why that is enough to begin with: Kbuild orders a .ko after its inputs by time, so such a file
  // had a BTF step against this base; and what Kbuild does not look at, the tools, has not changed
  // since either. The two ways in which stock's result can differ from a clean one both need a
  // second BTF step on a finished file: it moves the kfunc flags in .BTF_ids, and it makes libelf
  // lay the file out anew in section order. Files with either mark are not adopted. All of that
  // rests on time stamps, which anybody may set: so an adopted module is made once more as stock
  // does as soon as the machine is idle, and linked by the next build if it is another one.
  bool adoptable = false;
};

struct Decision {
  Serve serve = Serve::link;
  Reason reason;
};

// `record` is null when there is none.
[[nodiscard]] Decision decide(const ModuleRecord* record, const Observed& observed,
                              const BuildKey& now);

// What is done instead for a module that was to be renumbered and cannot be. `why_not`: one phrase,
// goes into the reason; empty: nothing is known but that it was not.
[[nodiscard]] Decision decide_without_renumbering(Decision decision, const Observed& observed,
                                                  const std::string& why_not);

} // namespace kbtf
