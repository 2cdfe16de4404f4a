// SPDX-License-Identifier: GPL-2.0-only
// What the hook says of a module's link, and the question whether it has to run.
#pragma once

#include "proto/message.hpp"

#include <string>

namespace kbtf {

// `inputs` separated by blanks, as make has them.
[[nodiscard]] LinkText link_text(const std::string& command, const std::string& inputs);

struct SameLinkOptions {
  std::string stage;
  std::string ko;
  std::string command; // cmd_ld_ko_o, expanded
  std::string inputs;
};
// kbtf same-link: prints "same" if the module's objects and link command have the content that they
// had when it was last linked, else nothing. Always 0: whatever goes wrong means that make links.
[[nodiscard]] int same_link_verb(const SameLinkOptions& options);

} // namespace kbtf
