// SPDX-License-Identifier: GPL-2.0-only
// Frames: what goes onto the wire, and which lengths and payloads are refused.
#include "proto/framing.hpp"

#include "tests/unit/expect.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kbtf::test {
namespace {

using nlohmann::json;

FrameHeader header_of(const std::string& frame) {
  FrameHeader header{};
  std::copy_n(frame.begin(), header.size(), header.begin());
  return header;
}

std::string nested(int depth) {
  std::string text;
  for (int i = 1; i < depth; ++i)
    text += R"({"a":)";
  return text + "{}" + std::string(static_cast<std::size_t>(depth - 1), '}');
}

TEST(Framing, WritesBigEndianLengthThenJson) {
  const auto frame = encode_frame({{"verb", "stop"}});
  ASSERT_TRUE(is_ok(frame));
  EXPECT_EQ(*frame, std::string("\0\0\0\x0f", 4) + R"({"verb":"stop"})");
}

TEST(Framing, LengthUsesAllFourBytes) {
  const auto frame = encode_frame({{"text", std::string(0x012345, 'x')}});
  ASSERT_TRUE(is_ok(frame));
  const auto size = decode_frame_length(header_of(*frame));
  ASSERT_TRUE(is_ok(size));
  EXPECT_EQ(*size, frame->size() - k_frame_header);
  EXPECT_EQ(*decode_frame_length({0x00, 0xfe, 0xdc, 0xba}), 0xfedcbaU);
}

TEST(Framing, AcceptsLengthsFromOneToTheLimit) {
  EXPECT_TRUE(is_ok(decode_frame_length({0, 0, 0, 1})));
  EXPECT_TRUE(is_ok(decode_frame_length({1, 0, 0, 0})));
  static_assert(k_max_frame == 0x01000000);
}

TEST(Framing, RefusesZeroAndOversizedLengths) {
  for (const FrameHeader& header :
       {FrameHeader{0, 0, 0, 0}, FrameHeader{1, 0, 0, 1}, FrameHeader{0xff, 0xff, 0xff, 0xff},
        FrameHeader{0x80, 0, 0, 0}, FrameHeader{'G', 'E', 'T', ' '}})
    EXPECT_TRUE(is_error(decode_frame_length(header), ErrorKind::malformed, "frame length"));
}

TEST(Framing, RefusesToWriteMoreThanTheLimit) {
  const std::size_t around = json{{"t", ""}}.dump().size();
  EXPECT_TRUE(is_ok(encode_frame({{"t", std::string(k_max_frame - around, 'x')}})));
  EXPECT_TRUE(is_error(encode_frame({{"t", std::string(k_max_frame - around + 1, 'x')}}),
                       ErrorKind::unsupported));
}

TEST(Framing, ReplacesInvalidUtf8) {
  const auto frame = encode_frame({{"ko", "dri\xffver.ko"}});
  ASSERT_TRUE(is_ok(frame));
  const auto message = decode_payload(frame->substr(k_frame_header));
  ASSERT_TRUE(is_ok(message));
  EXPECT_EQ((*message)["ko"], "dri\xef\xbf\xbdver.ko");
}

TEST(Framing, ParsesOneObject) {
  const auto message = decode_payload(R"( {"verb": "begin", "request": {"ko": "a.ko"}} )");
  ASSERT_TRUE(is_ok(message));
  EXPECT_EQ(*message, (json{{"verb", "begin"}, {"request", {{"ko", "a.ko"}}}}));
}

TEST(Framing, RefusesPayloadsThatAreNotOneObject) {
  for (const char* payload : {"", " ", "null", "true", "7", "\"text\"", "[]", "[{}]", "{", "}",
                              "{}{}", "{} x", R"({"a":})", R"({"a" 1})", R"({"a":1,})", R"({a:1})",
                              "{\"a\":\"\xff\"}", "GET / HTTP/1.1", R"({"a":1e999999})"})
    EXPECT_TRUE(is_error(decode_payload(payload), ErrorKind::malformed)) << payload;
}

TEST(Framing, RefusesEveryTruncationOfAPayload) {
  const std::string whole = R"({"reply":{"modules":[{"ko":"a.ko"}]}})";
  ASSERT_TRUE(is_ok(decode_payload(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(is_error(decode_payload(whole.substr(0, size)), ErrorKind::malformed)) << size;
}

TEST(Framing, LimitsNesting) {
  EXPECT_TRUE(is_ok(decode_payload(nested(32))));
  EXPECT_TRUE(is_error(decode_payload(nested(33)), ErrorKind::malformed));
}

// Each would overflow the stack of a parser, or of a destructor, that recurses.
TEST(Framing, SurvivesHostileNesting) {
  EXPECT_TRUE(is_error(decode_payload(nested(500'000)), ErrorKind::malformed));
  EXPECT_TRUE(
      is_error(decode_payload(R"({"a":)" + std::string(4'000'000, '[')), ErrorKind::malformed));
}

} // namespace
} // namespace kbtf::test
