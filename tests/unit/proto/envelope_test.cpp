// SPDX-License-Identifier: GPL-2.0-only
// What stands around a message: verb and request one way, reply, error or "busy" the other.
#include "proto/message.hpp"
#include "util/utf8.hpp"

#include "tests/unit/expect.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using nlohmann::json;

TEST(Envelope, EachRequestHasItsVerb) {
  const std::vector<std::pair<json, const char*>> cases = {
      {make_request(PlanRequest{}), "plan"},       {make_request(BeginRequest{}), "begin"},
      {make_request(FinishRequest{}), "finish"},   {make_request(StageEndRequest{}), "stage_end"},
      {make_request(StatusRequest{}), "status"},   {make_request(StatsRequest{}), "stats"},
      {make_request(ExplainRequest{}), "explain"}, {make_request(StopRequest{}), "stop"},
      {make_request(DrainRequest{}), "drain"}};
  for (const auto& [message, verb] : cases) {
    const auto envelope = parse_request(message);
    ASSERT_TRUE(is_ok(envelope)) << verb;
    EXPECT_EQ(envelope->verb, verb);
    EXPECT_EQ(envelope->request, message["request"]);
  }
}

TEST(Envelope, RequestNeedsAVerbAndABody) {
  for (const json& message :
       {json::object(), json{{"verb", "stop"}}, json{{"request", json::object()}},
        json{{"verb", 7}, {"request", json::object()}}, json{{"verb", "stop"}, {"request", {1}}},
        json{{"verb", "stop"}, {"request", nullptr}}, json{{"verb", nullptr}, {"request", "x"}}})
    EXPECT_TRUE(is_error(parse_request(message), ErrorKind::malformed)) << message;
}

TEST(Envelope, ReplyGivesItsBody) {
  const auto body = parse_reply({{"reply", {{"pid", 42}}}});
  ASSERT_TRUE(is_ok(body));
  EXPECT_EQ(*body, (json{{"pid", 42}}));
}

TEST(Envelope, ErrorKeepsText) {
  const json message = make_error({ErrorKind::io, "disk full"});
  EXPECT_EQ(message, (json{{"error", {{"kind", "io"}, {"text", "disk full"}}}}));
  EXPECT_TRUE(is_error(parse_reply(message), ErrorKind::refused, "disk full"));
}

// Kinds of other versions.
TEST(Envelope, ErrorOfAnyKindIsAnError) {
  for (const char* kind : {"no_space", "timeout", "incompatible", "some day", ""})
    EXPECT_TRUE(is_error(parse_reply({{"error", {{"kind", kind}, {"text", "disk full"}}}}),
                         ErrorKind::refused, "disk full"))
        << kind;
}

TEST(Envelope, ErrorWithoutTextIsStillAnError) {
  EXPECT_TRUE(is_error(parse_reply({{"error", json::object()}}), ErrorKind::refused));
  EXPECT_TRUE(is_error(parse_reply({{"error", {{"text", 7}}}}), ErrorKind::refused));
  EXPECT_TRUE(is_error(parse_reply({{"error", {{"text", nullptr}}}}), ErrorKind::refused));
}

TEST(Envelope, RefusesUnknownBody) {
  for (const json& message :
       {json::object(), json{{"error", "text"}}, json{{"error", nullptr}}, json{{"verb", "stop"}}})
    EXPECT_TRUE(is_error(parse_reply(message), ErrorKind::malformed)) << message;
}

TEST(Envelope, BusyIsNotAReply) {
  EXPECT_EQ(make_busy(), (json{{"busy", true}}));
  EXPECT_TRUE(is_busy(make_busy()));
  EXPECT_FALSE(is_busy({{"reply", {{"busy", true}}}}));
  EXPECT_TRUE(is_error(parse_reply(make_busy()), ErrorKind::malformed));
}

TEST(Body, WrongKindIsMalformed) {
  for (const json& body : {json(nullptr), json(7), json("text"), json::array()})
    EXPECT_TRUE(is_error(from_body<PlanReply>(body), ErrorKind::malformed)) << body;
}

TEST(Text, JsonCarriesOnlyUtf8) {
  for (const char* text : {"", "net/a-b.ko", "a\nb", "Документы", "文件", "\xf0\x9f\x90\x9d"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text :
       {"\xff", "caf\xe9", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

} // namespace
} // namespace kbtf::test
