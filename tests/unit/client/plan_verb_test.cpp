// SPDX-License-Identifier: GPL-2.0-only
// What `kbtf plan` prints for make to evaluate: assignments for what is safe to evaluate, nothing
// at all in every other case.
#include "client/build_verbs.hpp"

#include "tests/unit/client/fake_daemon.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class PlanVerb : public testing::Test {
protected:
  struct Printed {
    std::string out, err;
  };
  Printed plan_with(const PlanReply& reply) {
    const FakeDaemon daemon([&](Peer& peer) {
      peer.greet();
      (void)peer.receive();
      peer.send({{"reply", reply}});
    });
    return plan();
  }
  Printed plan() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = plan_verb(options);
    Printed printed{testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
    EXPECT_EQ(status, 0); // whatever happens: it must not fail the build
    return printed;
  }

  RuntimeDir runtime;
  PlanOptions options;
};

TEST_F(PlanVerb, PrintsHowModulesAreServed) {
  PlanReply reply;
  reply.stage = "7";
  reply.modules = {{"a.ko", ModuleWork::step, "base BTF changed"},
                   {"net/b-c.ko", ModuleWork::link, "x"}};
  const Printed printed = plan_with(reply);
  EXPECT_EQ(printed.out, "kbtf-stage:=7 kbtf-serve.a.ko:=step kbtf-serve.net/b-c.ko:=link\n");
  EXPECT_EQ(printed.err, "");
}

// Scripts and tools of the build may read any of it: the daemon decides what counts.
TEST_F(PlanVerb, SendsTheWholeEnvironment) {
  ASSERT_EQ(::setenv("KBTF_TEST_ODD", "a b=c", 1), 0);
  PlanRequest sent;
  {
    const FakeDaemon daemon([&](Peer& peer) {
      peer.greet();
      sent = peer.receive().at("request").get<PlanRequest>();
      peer.send({{"reply", PlanReply{}}});
    });
    (void)plan();
  }
  ::unsetenv("KBTF_TEST_ODD");
  const auto has = [&sent](const std::string& variable) {
    return std::find(sent.environment.begin(), sent.environment.end(), variable) !=
           sent.environment.end();
  };
  EXPECT_TRUE(has("KBTF_TEST_ODD=a b=c"));
  EXPECT_TRUE(has(std::string("PATH=") + std::getenv("PATH")));
}

TEST_F(PlanVerb, ReasonsAreSafeForMake) {
  options.with_reasons = true;
  PlanReply reply;
  reply.stage = "7";
  reply.modules = {{"a.ko", ModuleWork::step, "changed: $(shell x)#"}};
  EXPECT_EQ(plan_with(reply).out,
            "kbtf-stage:=7 kbtf-serve.a.ko:=step kbtf-why.a.ko:=changed____shell_x__\n");
}

// What would end or expand a name on the left side of an assignment is a variable of the hook's.
TEST_F(PlanVerb, EscapesNamesForAssignments) {
  const std::pair<const char*, const char*> names[] = {
      {"a=b.ko", "a$(kbtf-equals)b.ko"},
      {"a:b#c.ko", "a$(kbtf-colon)b$(kbtf-hash)c.ko"},
      {"$(x).ko", "$$(x).ko"},
      {"[x]*?%{}.ko", "[x]*?%{}.ko"},
      {"文件.ko", "文件.ko"},
  };
  options.with_reasons = true;
  for (const auto& [ko, written] : names) {
    std::filesystem::remove(socket_path());
    PlanReply reply;
    reply.stage = "7";
    reply.modules = {{ko, ModuleWork::step, "x"}};
    const std::string name = written;
    EXPECT_EQ(plan_with(reply).out,
              "kbtf-stage:=7 kbtf-serve." + name + ":=step kbtf-why." + name + ":=x\n");
  }
}

TEST_F(PlanVerb, FallsBackIfRequestIsNotUtf8) {
  for (std::string* text : {&options.target, &options.command, &options.relink, &options.inputs}) {
    *text = "caf\xe9";
    const Printed printed = plan();
    EXPECT_EQ(printed.out, "");
    EXPECT_EQ(printed.err, "kbtf: caf\xe9: not UTF-8; falling back to the stock build\n");
    text->clear();
  }
}

TEST_F(PlanVerb, FallsBackIfMakeWouldSplitName) {
  for (const char* ko : {"a b.ko", "$(shell x).ko", "a\n.ko", "a\t.ko"}) {
    std::filesystem::remove(socket_path());
    PlanReply reply;
    reply.stage = "7";
    reply.modules = {{"good.ko", ModuleWork::step, ""}, {ko, ModuleWork::link, ""}};
    const Printed printed = plan_with(reply);
    EXPECT_EQ(printed.out, "") << ko;
    EXPECT_NE(printed.err.find("falling back to the stock build"), std::string::npos) << ko;
  }
}

TEST_F(PlanVerb, ExplainsFallbackUnlessStockDoes) {
  PlanReply reply;
  reply.why_stock = "cmd_btf_ko names no --btf_base";
  reply.notices = {"a notice"};
  const Printed told = plan_with(reply);
  EXPECT_EQ(told.out, "");
  EXPECT_EQ(told.err, "kbtf: a notice\nkbtf: cmd_btf_ko names no --btf_base; falling back to the "
                      "stock build\n");
  std::filesystem::remove(socket_path());
  reply.is_stock_told = true;
  reply.notices.clear();
  const Printed silent = plan_with(reply);
  EXPECT_EQ(silent.out, "");
  EXPECT_EQ(silent.err, "");
}

TEST_F(PlanVerb, FallsBackWithoutDaemon) {
  const Printed printed = plan();
  EXPECT_EQ(printed.out, "");
  EXPECT_NE(printed.err.find("falling back to the stock build"), std::string::npos);
}

// `kbtf make` has said so already.
TEST_F(PlanVerb, SilentIfDaemonIsKnownMissing) {
  ScopedEnv env;
  env.set("KBTF_NO_DAEMON", "1");
  const Printed printed = plan();
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(printed.err, "");
}

} // namespace
} // namespace kbtf::test
