// SPDX-License-Identifier: GPL-2.0-only
#include "client/link_text.hpp"

#include "client/connection.hpp"

#include <iostream>
#include <sstream>

namespace kbtf {

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  return words;
}

LinkText link_text(const std::string& command, const std::string& inputs) {
  return {command, split_words(inputs)};
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
