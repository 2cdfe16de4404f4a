// SPDX-License-Identifier: GPL-2.0-only
#include "proto/message.hpp"

namespace kbtf {

Expected<Envelope> parse_request(const nlohmann::json& message) {
  const auto verb = message.find("verb");
  const auto request = message.find("request");
  if (verb == message.end() || !verb->is_string() || request == message.end() ||
      !request->is_object())
    return unexpected(ErrorKind::malformed, "request without a verb or a body");
  return Envelope{verb->get<std::string>(), *request};
}

nlohmann::json make_error(const Error& error) {
  return {{"error", {{"kind", to_string(error.kind)}, {"text", error.text}}}};
}

nlohmann::json make_busy() {
  return {{"busy", true}};
}

bool is_busy(const nlohmann::json& message) {
  return message.contains("busy");
}

Expected<nlohmann::json> parse_reply(const nlohmann::json& message) {
  if (const auto reply = message.find("reply"); reply != message.end())
    return *reply;
  if (const auto error = message.find("error"); error != message.end() && error->is_object()) {
    const auto text = error->find("text");
    const bool is_named = text != error->end() && text->is_string();
    return unexpected(ErrorKind::refused, is_named ? text->get<std::string>() : "unnamed error");
  }
  return unexpected(ErrorKind::malformed, "reply without a body");
}

} // namespace kbtf
