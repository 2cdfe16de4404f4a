// SPDX-License-Identifier: GPL-2.0-only
// A tool key's inputs as text: there and back, and text that is something else.
#include "daemon/stage/tool_inputs.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

TEST(ToolInputs, RoundTripAsText) {
  const std::vector<ToolInput> inputs = {
      {"command", "pahole -J \"@\"; \\ x"}, {"/usr/bin/pahole", "0123"}, {"", ""}};
  const auto back = tool_inputs_from_text(tool_inputs_to_text(inputs));
  ASSERT_EQ(back.size(), inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ(back[i].name, inputs[i].name);
    EXPECT_EQ(back[i].value, inputs[i].value);
  }
}

TEST(ToolInputs, PathsMayHoldAnyBytes) {
  const auto back = tool_inputs_from_text(tool_inputs_to_text({{"/opt/\xff/pahole", "1"}}));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].value, "1");
}

TEST(ToolInputs, InvalidTextGivesNone) {
  for (const char* text : {"", "x", "{}", "7", "[[\"a\"", R"(["a","b"])", R"([["a"]])",
                           R"([["a","b","c"]])", R"([["a",1]])", R"([[null,"b"]])"})
    EXPECT_TRUE(tool_inputs_from_text(text).empty()) << text;
}

TEST(ToolInputs, AreKeptUnderTheirKey) {
  EXPECT_EQ(tool_inputs_name({1, 2}), "tools 00000000000000010000000000000002");
}

TEST(ToolInputs, NamesFirstThatChanged) {
  const std::vector<ToolInput> then{{"command", "pahole"}, {"/bin/pahole", "1"}};
  EXPECT_EQ(first_changed_input(then, then), "");
  EXPECT_EQ(first_changed_input(then, {then[0], {"/bin/pahole", "2"}}), "/bin/pahole");
  EXPECT_EQ(first_changed_input(then, {{"command", "other"}, then[1]}), "the command");
  EXPECT_EQ(first_changed_input({}, then), "the command");
  EXPECT_EQ(first_changed_input(then, {then[1]}), ""); // one that is gone has no name now
}

} // namespace
} // namespace kbtf::test
