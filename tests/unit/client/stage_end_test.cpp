// SPDX-License-Identifier: GPL-2.0-only
// The client as the shell of __modfinal: which calls it takes for that, and what it prints. That it
// becomes the user's shell is tested with a real make (tests/integration/make_calls).
#include "client/stage_end.hpp"

#include "tests/unit/client/fake_daemon.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class StageEnd : public testing::Test {
protected:
  StageEnd() {
    env.set("KBTF_STAGE", "7");
    env.set("quiet", "quiet_");
    env.set("KBUILD_VERBOSE", "");
    for (const char* name : {"KBTF_RENUMBERED", "KBTF_SHELL", "KBTF_AGAIN"})
      env.unset(name);
  }
  std::string end_with(const StageEndReply& reply) {
    const FakeDaemon daemon([&](Peer& peer) {
      peer.greet();
      EXPECT_EQ(peer.receive()["request"]["stage"], "7");
      peer.send({{"reply", reply}});
    });
    testing::internal::CaptureStdout();
    EXPECT_EQ(stage_end_as_shell({"-c", ":"}), 0);
    return testing::internal::GetCapturedStdout();
  }

  RuntimeDir runtime;
  ScopedEnv env;
};

TEST_F(StageEnd, AcceptsAnyShellFlags) {
  EXPECT_TRUE(is_stage_end({"-c", ":"}));
  EXPECT_TRUE(is_stage_end({"-ec", ":"}));
  EXPECT_TRUE(is_stage_end({"-e", "-o", "pipefail", "-c", ": all"}));
}

// GNU make 4.3 exports the variables to the recipes of modules too, which call the client's verbs.
TEST_F(StageEnd, IgnoresOtherCalls) {
  EXPECT_FALSE(is_stage_end({}));
  EXPECT_FALSE(is_stage_end({"--version"}));
  EXPECT_FALSE(is_stage_end({"run", "--stage=7"}));
  env.unset("KBTF_STAGE");
  EXPECT_FALSE(is_stage_end({"-c", ":"}));
}

TEST_F(StageEnd, PrintsSummary) {
  StageEndReply reply;
  reply.counts.modules = reply.counts.btf_renumbered = 1;
  reply.renumbered = {"a.ko"};
  EXPECT_EQ(end_with(reply),
            "  BTF [M] a.ko\n  KBTF    1 module: 0 untouched, 0 linked, 0 BTF, 1 renumbered\n");
  EXPECT_EQ(std::getenv("KBTF_STAGE"), nullptr) << "the recipe is none of a stage's";
}

TEST_F(StageEnd, PrintsSummaryOnce) {
  StageEndReply reply;
  reply.has_ended = true;
  EXPECT_EQ(end_with(reply), "");
}

} // namespace
} // namespace kbtf::test
