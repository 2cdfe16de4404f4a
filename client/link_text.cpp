// SPDX-License-Identifier: GPL-2.0-only
#include "client/link_text.hpp"

#include "client/connection.hpp"
#include "util/words.hpp"

#include <iostream>

namespace kbtf {

LinkText link_text(const std::string& command, const std::string& inputs) {
  return {command, split_words(inputs)};
}

int same_link_verb(const SameLinkOptions& options) {
  auto connection = Connection::open();
  if (!connection)
    return 0; // kbtf run will meet and report the same error
  auto answer = connection->ask(
      SameLinkRequest{options.stage, options.ko, link_text(options.command, options.inputs)});
  if (answer && answer->same)
    std::cout << "same\n";
  return 0;
}

} // namespace kbtf
