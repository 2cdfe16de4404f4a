// SPDX-License-Identifier: GPL-2.0-only
// The inputs of a tool key as text, a JSON list of [name, value], so that a later daemon can still
// name what changed. Pure.
#pragma once

#include "daemon/tools/tool_key.hpp"

#include <string>
#include <vector>

namespace kbtf {

[[nodiscard]] std::string tool_inputs_to_text(const std::vector<ToolInput>& inputs);
// Returns no inputs if the text does not parse.
[[nodiscard]] std::vector<ToolInput> tool_inputs_from_text(const std::string& text);
// The name under which the state stores the inputs of a key.
[[nodiscard]] std::string tool_inputs_name(const ContentHash& key);

// Returns the name, for people, of the first input in `now` that is not in `then` with the same
// value; "" if there is none.
[[nodiscard]] std::string first_changed_input(const std::vector<ToolInput>& then,
                                              const std::vector<ToolInput>& now);

} // namespace kbtf
