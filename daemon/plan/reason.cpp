// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/plan/reason.hpp"

namespace kbtf {

const char* to_string(ReasonCode code) {
  switch (code) {
  case ReasonCode::up_to_date:
    return "up_to_date";
  case ReasonCode::adopted:
    return "adopted";
  case ReasonCode::ko_missing:
    return "ko_missing";
  case ReasonCode::no_record:
    return "no_record";
  case ReasonCode::step_interrupted:
    return "step_interrupted";
  case ReasonCode::doubtful:
    return "doubtful";
  case ReasonCode::ko_changed:
    return "ko_changed";
  case ReasonCode::base_changed:
    return "base_changed";
  case ReasonCode::tools_changed:
    return "tools_changed";
  case ReasonCode::base_and_tools_changed:
    return "base_and_tools_changed";
  case ReasonCode::linker_changed:
    return "linker_changed";
  case ReasonCode::distrusted:
    return "distrusted";
  case ReasonCode::link_inputs:
    return "link_inputs";
  }
  return "unknown";
}

Reason plain_reason(ReasonCode code) {
  const char* text = "";
  switch (code) {
  case ReasonCode::up_to_date:
    text = "nothing changed";
    break;
  case ReasonCode::adopted:
    text = "built without kbtf, found sound";
    break;
  case ReasonCode::ko_missing:
    text = "there was no .ko";
    break;
  case ReasonCode::no_record:
    text = "kbtf had no record of it";
    break;
  case ReasonCode::step_interrupted:
    text = "the last BTF step did not finish";
    break;
  case ReasonCode::doubtful:
    text = "in doubt";
    break;
  case ReasonCode::ko_changed:
    text = "the .ko changed outside kbtf";
    break;
  case ReasonCode::base_changed:
    text = "base BTF changed";
    break;
  case ReasonCode::tools_changed:
    text = "BTF tools or flags changed";
    break;
  case ReasonCode::base_and_tools_changed:
    text = "base BTF and BTF tools changed";
    break;
  case ReasonCode::linker_changed:
    text = "the linker changed";
    break;
  case ReasonCode::distrusted:
    text = "a self-check found a module wrong";
    break;
  case ReasonCode::link_inputs:
    text = "objects or link command changed";
    break;
  }
  return {code, text};
}

} // namespace kbtf
