// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/tool_inputs.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace kbtf {

std::string tool_inputs_to_text(const std::vector<ToolInput>& inputs) {
  auto list = nlohmann::json::array();
  for (const auto& input : inputs)
    list.push_back({input.name, input.value});
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<ToolInput> tool_inputs_from_text(const std::string& text) {
  std::vector<ToolInput> inputs;
  const auto list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array())
    return inputs;
  for (const auto& item : list)
    if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string())
      inputs.push_back({item[0].get<std::string>(), item[1].get<std::string>()});
  return inputs;
}

std::string tool_inputs_name(const ContentHash& key) {
  return "tools " + key.hex();
}

std::string first_changed_input(const std::vector<ToolInput>& then,
                                const std::vector<ToolInput>& now) {
  for (const auto& input : now) {
    const bool is_there = std::ranges::any_of(then, [&input](const ToolInput& old) {
      return old.name == input.name && old.value == input.value;
    });
    if (!is_there)
      return input.name == "command" ? "the command" : input.name;
  }
  return {};
}

} // namespace kbtf
