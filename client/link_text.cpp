// SPDX-License-Identifier: GPL-2.0-only
#include "client/link_text.hpp"

#include "client/connection.hpp"

#include <iostream>
#include <sstream>

namespace kbtf {

LinkText link_text(const std::string& command, const std::string& inputs) {
  LinkText text{command, {}};
  std::istringstream words(inputs);
  for (std::string word; words >> word;)
    text.inputs.push_back(word);
  return text;
}

int same_link_verb(const SameLinkOptions& options) {
  auto connection = Connection::open();
  if (!connection)
    return 0; // kbtf run will meet the same, and says so
  auto answer = connection->ask(
      SameLinkRequest{options.stage, options.ko, link_text(options.command, options.inputs)});
  if (answer && answer->same)
    std::cout << "same\n";
  return 0;
}

} // namespace kbtf
