// SPDX-License-Identifier: GPL-2.0-only
// A connection to daemons good and bad: every way to fail is an error on which the client falls
// back to stock.
#include "client/connection.hpp"

#include "tests/unit/client/fake_daemon.hpp"
#include "tests/unit/expect.hpp"
#include "util/file_view.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

using nlohmann::json;

class ConnectionTest : public testing::Test {
protected:
  // What opening gives when the daemon says this and hangs up.
  Expected<Connection> open_after(const std::string& bytes) {
    std::filesystem::remove(socket_path());
    const FakeDaemon daemon([&](Peer& peer) { peer.send_bytes(bytes); });
    return Connection::open();
  }
  // What a stop request gives when the daemon answers this and hangs up.
  Expected<StopReply> stop_after(const std::vector<json>& answers) {
    std::filesystem::remove(socket_path());
    const FakeDaemon daemon([&](Peer& peer) {
      peer.greet();
      (void)peer.receive();
      for (const auto& answer : answers)
        peer.send(answer);
    });
    auto connection = Connection::open();
    EXPECT_TRUE(is_ok(connection));
    return connection->ask(StopRequest{});
  }

  RuntimeDir runtime;
};

TEST_F(ConnectionTest, AsksAndGetsTheReply) {
  json received;
  FakeDaemon daemon([&](Peer& peer) {
    peer.greet();
    received = peer.receive();
    peer.send({{"reply", {{"stage", "3"}, {"notices", {"hello"}}}}});
  });
  auto connection = Connection::open();
  ASSERT_TRUE(is_ok(connection));
  EXPECT_EQ(connection->greeting().kbtfd, "0.0-fake");
  PlanRequest request;
  request.target = "a.ko";
  const auto reply = connection->ask(request);
  daemon.finish();
  ASSERT_TRUE(is_ok(reply));
  EXPECT_EQ(reply->stage, "3");
  EXPECT_EQ(reply->notices, std::vector<std::string>{"hello"});
  EXPECT_EQ(received["verb"], "plan");
  EXPECT_EQ(received["request"]["target"], "a.ko");
}

TEST_F(ConnectionTest, AsksMoreThanOnce) {
  const FakeDaemon daemon([](Peer& peer) {
    peer.greet();
    for (const int pid : {1, 2}) {
      (void)peer.receive();
      peer.send({{"reply", {{"pid", pid}}}});
    }
  });
  auto connection = Connection::open();
  ASSERT_TRUE(is_ok(connection));
  EXPECT_EQ(connection->ask(StopRequest{})->pid, 1);
  EXPECT_EQ(connection->ask(StopRequest{})->pid, 2);
}

TEST_F(ConnectionTest, FramesMayComeInPieces) {
  const FakeDaemon daemon([](Peer& peer) {
    const auto send_in_pieces = [&](const json& message) {
      const std::string frame = *encode_frame(message);
      for (const char byte : frame)
        peer.send_bytes(std::string(1, byte));
    };
    send_in_pieces(Greeting{"0.0-fake", k_protocol_version, {}, file_view()});
    (void)peer.receive();
    send_in_pieces({{"reply", {{"pid", 42}}}});
  });
  auto connection = Connection::open();
  ASSERT_TRUE(is_ok(connection));
  EXPECT_EQ(connection->ask(StopRequest{})->pid, 42);
}

// Larger than any socket buffer, both ways.
TEST_F(ConnectionTest, PassesLargeMessages) {
  const FakeDaemon daemon([](Peer& peer) {
    peer.greet();
    peer.send({{"reply", {{"why_stock", peer.receive()["request"]["command"]}}}});
  });
  auto connection = Connection::open();
  ASSERT_TRUE(is_ok(connection));
  PlanRequest request;
  request.command = std::string(4 << 20, 'x');
  const auto reply = connection->ask(request);
  ASSERT_TRUE(is_ok(reply));
  EXPECT_TRUE(reply->why_stock == request.command);
}

TEST_F(ConnectionTest, SkipsBusyFrames) {
  const auto reply = stop_after({make_busy(), make_busy(), {{"reply", {{"pid", 42}}}}});
  ASSERT_TRUE(is_ok(reply));
  EXPECT_EQ(reply->pid, 42);
}

TEST_F(ConnectionTest, NobodyListens) {
  EXPECT_TRUE(is_error(Connection::open(), ErrorKind::refused, "not running"));
  { const Fd dead = listen_at(socket_path()); } // leaves its socket file
  EXPECT_TRUE(is_error(Connection::open(), ErrorKind::refused, "not running"));
  std::filesystem::remove(socket_path());
  spill(socket_path(), "a file");
  EXPECT_TRUE(is_error(Connection::open(), ErrorKind::refused, "not running"));
}

TEST_F(ConnectionTest, PathTooLongForSocket) {
  ScopedEnv env;
  env.set("KBTF_RUNTIME_DIR", "/" + std::string(sizeof(sockaddr_un::sun_path), 'x'));
  EXPECT_TRUE(is_error(Connection::open(), ErrorKind::refused, "too long"));
}

TEST_F(ConnectionTest, ListenerIsNotKbtfd) {
  const std::string huge = "\x7f\xff\xff\xff";
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string(4, '\0'), huge,
        std::string("\0\0\0\x02[]", 6), *encode_frame(json::object()),
        *encode_frame({{"protocol", k_protocol_version}}), *encode_frame({{"kbtfd", 7}})})
    EXPECT_TRUE(is_error(open_after(bytes), ErrorKind::malformed)) << bytes;
}

TEST_F(ConnectionTest, DaemonClosesDuringGreeting) {
  const std::string greeting =
      *encode_frame(Greeting{"0.0-fake", k_protocol_version, {}, file_view()});
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{4}, greeting.size() - 1})
    EXPECT_TRUE(is_error(open_after(greeting.substr(0, size)), ErrorKind::refused)) << size;
}

TEST_F(ConnectionTest, RefusesOtherProtocol) {
  for (const int protocol : {k_protocol_version + 1, k_protocol_version - 1, -1})
    EXPECT_TRUE(is_error(open_after(*encode_frame(Greeting{"9.9", protocol, {}, file_view()})),
                         ErrorKind::unsupported, "kbtfd 9.9"))
        << protocol;
}

TEST_F(ConnectionTest, DaemonDiesDuringRequest) {
  EXPECT_TRUE(is_error(stop_after({}), ErrorKind::refused));
  EXPECT_TRUE(is_error(stop_after({make_busy()}), ErrorKind::refused));
}

// Each busy frame keeps it from being silent, and it sends them for ever.
TEST_F(ConnectionTest, DaemonIsBusyForTooLong) {
  const FakeDaemon daemon([](Peer& peer) {
    peer.greet();
    (void)peer.receive();
    for (int i = 0; i < 3; ++i)
      peer.send(make_busy());
    (void)peer.receive(); // until the client has had enough
  });
  auto connection = Connection::open({std::chrono::hours{1}, std::chrono::milliseconds{0}});
  ASSERT_TRUE(is_ok(connection));
  EXPECT_TRUE(is_error(connection->ask(StopRequest{}), ErrorKind::io, "still busy after 0 s"));
}

TEST_F(ConnectionTest, DaemonStallsDuringReply) {
  const FakeDaemon daemon([](Peer& peer) {
    peer.greet();
    (void)peer.receive();
    peer.send(make_busy());
    peer.send_bytes(std::string("\0\0\0\x40{", 5));
    (void)peer.receive();
  });
  auto connection = Connection::open({std::chrono::hours{1}, std::chrono::milliseconds{20}});
  ASSERT_TRUE(is_ok(connection));
  EXPECT_TRUE(is_error(connection->ask(StopRequest{}), ErrorKind::io, "still busy"));
}

TEST_F(ConnectionTest, DaemonAnswersWithAnError) {
  EXPECT_TRUE(is_error(stop_after({make_error({ErrorKind::io, "no stage 7"})}), ErrorKind::refused,
                       "no stage 7"));
}

TEST_F(ConnectionTest, MalformedReplies) {
  for (const json& answer :
       {json::object(), json{{"reply", 7}}, json{{"reply", {{"pid", "x"}}}}, json{{"error", 7}}})
    EXPECT_TRUE(is_error(stop_after({answer}), ErrorKind::malformed)) << answer;
  EXPECT_TRUE(is_error(stop_after({{{"error", {{"text", 7}}}}}), ErrorKind::refused));
}

TEST_F(ConnectionTest, FindsTheProcessThatListensIfItIsKbtfd) {
  EXPECT_TRUE(is_error(find_daemon(), ErrorKind::refused, "not running"));
  const Fd hung = listen_at(socket_path());
  EXPECT_TRUE(is_error(find_daemon(), ErrorKind::refused, "not kbtfd"));
  char own_name[16] = {};
  ASSERT_EQ(::prctl(PR_GET_NAME, own_name), 0);
  ::prctl(PR_SET_NAME, "kbtfd");
  const auto pid = find_daemon();
  ::prctl(PR_SET_NAME, own_name);
  ASSERT_TRUE(is_ok(pid));
  EXPECT_EQ(*pid, ::getpid());
}

// The kernel queues the connection; nobody will ever speak on it.
TEST_F(ConnectionTest, HungDaemonIsATimeout) {
  const Fd hung = listen_at(socket_path());
  EXPECT_TRUE(is_error(Connection::open(), ErrorKind::io, "does not respond"));
}

} // namespace
} // namespace kbtf::test
