// SPDX-License-Identifier: GPL-2.0-only
// Frames of the wire protocol: a 4-byte big-endian length, then that many bytes of UTF-8 JSON.
// Knows no message and does no I/O. docs/protocol.md, "Frames", is the specification.
#pragma once

#include "util/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace kbtf {

// Largest payload that either side accepts. A plan for 20,000 modules is about 3 MiB.
inline constexpr std::uint32_t k_max_frame = 16u << 20;
inline constexpr std::size_t k_frame_header = 4;

using FrameHeader = std::array<unsigned char, k_frame_header>;

// Serialises `message` with its length in front. Replaces text that is not UTF-8 (a file name may
// contain any bytes), never throws on it. Errors: unsupported if larger than k_max_frame.
[[nodiscard]] Expected<std::string> encode_frame(const nlohmann::json& message);

// Reads the payload's length. Errors: malformed if zero or above k_max_frame.
[[nodiscard]] Expected<std::uint32_t> decode_frame_length(const FrameHeader& header);

// Parses a payload. Errors: malformed if it is not one JSON object, or nests too deeply.
[[nodiscard]] Expected<nlohmann::json> decode_payload(const std::string& payload);

} // namespace kbtf
