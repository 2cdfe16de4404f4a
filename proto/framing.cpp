// SPDX-License-Identifier: GPL-2.0-only
#include "proto/framing.hpp"

#include <nlohmann/json.hpp>

namespace kbtf {
namespace {

// No protocol message nests deeper than 6. The parser recurses when it destroys a value, so a
// hostile "[[[[…" of megabytes must be stopped while it is read.
constexpr int k_max_depth = 32;

} // namespace

Expected<std::string> encode_frame(const nlohmann::json& message) {
  std::string payload = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (payload.size() > k_max_frame)
    return unexpected(ErrorKind::unsupported,
                      "message of " + std::to_string(payload.size()) + " bytes is over the limit");
  const auto n = static_cast<std::uint32_t>(payload.size());
  std::string frame;
  frame.reserve(k_frame_header + payload.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    frame.push_back(static_cast<char>((n >> shift) & 0xff));
  frame += payload;
  return frame;
}

Expected<std::uint32_t> decode_frame_length(const FrameHeader& header) {
  std::uint32_t n = 0;
  for (const unsigned char byte : header)
    n = (n << 8) | byte;
  if (n == 0 || n > k_max_frame)
    return unexpected(ErrorKind::malformed, "frame length " + std::to_string(n) +
                                                " is outside 1.." + std::to_string(k_max_frame));
  return n;
}

Expected<nlohmann::json> decode_payload(const std::string& payload) {
  bool too_deep = false;
  const auto limit_depth = [&too_deep](int depth, nlohmann::json::parse_event_t event,
                                       nlohmann::json&) {
    using Event = nlohmann::json::parse_event_t;
    const bool opens = event == Event::object_start || event == Event::array_start;
    too_deep = too_deep || (opens && depth >= k_max_depth);
    return !too_deep;
  };
  auto message = nlohmann::json::parse(payload, limit_depth, /*allow_exceptions=*/false);
  if (too_deep || message.is_discarded() || !message.is_object())
    return unexpected(ErrorKind::malformed, "frame is not one JSON object");
  return message;
}

} // namespace kbtf
