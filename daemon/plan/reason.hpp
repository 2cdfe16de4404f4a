// SPDX-License-Identifier: GPL-2.0-only
// Why a module is served as it is. A closed set of codes (stable: shown by `kbtf explain --json`
// and counted by tests) with the words people read. A Reason stands beside every decision.
#pragma once

#include <string>

namespace kbtf {

enum class ReasonCode {
  up_to_date,       // recorded, unchanged, same base, same tools
  adopted,          // no record, but provably what one link and one BTF step left
  ko_missing,       // there is no .ko
  no_record,        // a .ko that kbtf has not seen and cannot vouch for
  step_interrupted, // a BTF step began and was never reported as finished
  doubtful,         // something happened to the .ko that nobody can vouch for
  ko_changed,       // the .ko is not the one that was recorded
  base_changed,     // the base's .BTF has other bytes
  tools_changed,    // pahole, resolve_btfids, objcopy, a library, a script or a flag
  base_and_tools_changed,
  linker_changed, // the linker, a library of it or a script in front of it
  distrusted,     // a self-check found that BTF written under these tools was wrong
  link_inputs,    // the link's inputs or command changed
};

struct Reason {
  ReasonCode code = ReasonCode::no_record;
  std::string text; // one phrase, no newline
};

// The code's stable name, for example "base_changed".
[[nodiscard]] const char* to_string(ReasonCode code);
// The phrase that goes with a code when there is nothing more to say.
[[nodiscard]] Reason plain_reason(ReasonCode code);

} // namespace kbtf
