// SPDX-License-Identifier: GPL-2.0-only
// The hook's description of a module's link, and the question whether the link must run.
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
// kbtf same-link: prints "same" if the module's objects and link command have the same content as
// at its last link, otherwise nothing. Always returns 0: on any error make links.
[[nodiscard]] int same_link_verb(const SameLinkOptions& options);

} // namespace kbtf
