// SPDX-License-Identifier: GPL-2.0-only
// Why a module is served as it is. A closed set of codes (stable: `kbtf explain --json` shows them,
// tests count them), with text for people. Every decision carries a Reason.
#pragma once

#include <string>

namespace kbtf {

enum class ReasonCode {
  up_to_date,       // recorded, unchanged, same base, same tools
  adopted,          // no record, but looks like the result of one link and one BTF step
  ko_missing,       // there is no .ko
  no_record,        // a .ko that kbtf does not know and cannot vouch for
  step_interrupted, // a BTF step began but did not finish
  doubtful,         // the record is in doubt: the content of the .ko is unknown
  ko_changed,       // the .ko is not the recorded one
  base_changed,     // the base's .BTF has other bytes
  tools_changed,    // pahole, resolve_btfids, objcopy, a library, a script or a flag
  base_and_tools_changed,
  linker_changed, // the linker, one of its libraries, or a script that wraps it
  distrusted,     // a self-check found that kbtf's result under these tools was wrong
  link_inputs,    // the link's inputs or command changed
};

struct Reason {
  ReasonCode code = ReasonCode::no_record;
  std::string text; // one phrase, no newline
};

// The code's stable name, for example "base_changed".
[[nodiscard]] const char* to_string(ReasonCode code);
// The code's standard phrase, with no details.
[[nodiscard]] Reason plain_reason(ReasonCode code);

} // namespace kbtf
