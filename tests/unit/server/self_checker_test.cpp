// SPDX-License-Identifier: GPL-2.0-only
// SelfChecker: which modules it has made again, and what their results do to the records.
#include "daemon/server/self_checker.hpp"

#include "tests/unit/server/grounded.hpp"

#include <mutex>

namespace kbtf::test {
namespace {

class SelfCheckerTest : public Grounded {
protected:
  SelfCheckerTest() {
    TreeRecord tree;
    tree.tree = tree.cwd = dir.path();
    trees.remember(tree);
    StageSpec spec;
    spec.cwd = dir.path();
    spec.modules_order = "modules.order";
    trees.remember(spec);
  }
  void add(const std::string& name, bool adopted = false) {
    ModuleRecord record = record_of(finished(name), now.facts->key());
    record.adopted = adopted;
    ground.records.put(record);
  }
  void check(const std::vector<std::string>& renumbered = {}, std::uint64_t turn = 0) {
    checks.queue(now, renumbered, turn);
    run_until_done();
  }
  SelfCheck answer(const ModuleRecord& record) {
    const std::lock_guard lock(mutex);
    asked.push_back(std::filesystem::path(record.ko).filename().string());
    SelfCheck check;
    check.record = record;
    check.result = result;
    check.text = "text";
    check.link = hash_text("link");
    if (with_patch) {
      check.rest = record.rest;
      check.btf = record.btf;
      check.pristine = hash_text("pristine");
      check.patch = to_bytes("patch");
    }
    return check;
  }
  const ModuleRecord& record(const std::string& name) { return *ground.records.find(dir / name); }

  std::mutex mutex;
  std::vector<std::string> asked;
  Regenerated::Result result = Regenerated::Result::same;
  bool with_patch = false;
  TreeTable trees{ground.records};
  Totals totals{ground.records};
  StepTracker steps{ground, [](const ModuleRecord&) {}};
  Stage now = stage("1", {"a.ko", "b.ko", "c.ko"});
  SelfChecker checks{ground, trees, steps, totals,
                     [this](const StageSpec&, const std::shared_ptr<const StageFacts>&,
                            const ModuleRecord& record) { return answer(record); }};
};

using Names = std::vector<std::string>;

TEST_F(SelfCheckerTest, TakesTurns) {
  for (const char* name : {"a.ko", "b.ko", "c.ko"})
    add(name);
  for (std::uint64_t turn = 0; turn < 3; ++turn)
    check({}, turn);
  std::ranges::sort(asked);
  EXPECT_EQ(asked, (Names{"a.ko", "b.ko", "c.ko"}));
  EXPECT_EQ(totals.self_checks().same, 3U);
}

TEST_F(SelfCheckerTest, RenumberedModulesComeFirst) {
  for (const char* name : {"a.ko", "b.ko", "c.ko"})
    add(name);
  for (std::uint64_t turn = 0; turn < 3; ++turn)
    check({"b.ko"}, turn);
  EXPECT_EQ(asked, (Names{"b.ko", "b.ko", "b.ko"}));
}

TEST_F(SelfCheckerTest, AdoptedModulesAreTriedOncePerBase) {
  add("a.ko", true);
  result = Regenerated::Result::unchecked;
  check();
  check();
  EXPECT_EQ(asked, Names{"a.ko"});
  EXPECT_EQ(totals.self_checks().unchecked, 1U);
  ModuleRecord other = record("a.ko");
  other.key.base = hash_text("another base");
  ground.records.put(other);
  check();
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(SelfCheckerTest, ProofEndsAdoption) {
  add("a.ko", true);
  with_patch = true;
  check();
  EXPECT_FALSE(record("a.ko").adopted);
  EXPECT_EQ(record("a.ko").pristine, hash_text("pristine"));
  EXPECT_EQ(record("a.ko").link, hash_text("link"));
  EXPECT_TRUE(is_ok(ground.records.patch(record("a.ko"))));
}

TEST_F(SelfCheckerTest, AdoptedModuleThatDiffersIsDoubted) {
  add("a.ko", true);
  result = Regenerated::Result::different;
  check();
  EXPECT_EQ(record("a.ko").state, ModuleState::doubtful);
  EXPECT_EQ(totals.self_checks().adopted_different, 1U);
  EXPECT_EQ(totals.self_checks().different, 0U);
}

TEST_F(SelfCheckerTest, OwnModuleThatDiffersIsCounted) {
  add("a.ko");
  result = Regenerated::Result::different;
  check({"a.ko"});
  EXPECT_EQ(totals.self_checks().different, 1U);
}

TEST_F(SelfCheckerTest, ModuleWhoseTreeIsUnknownIsLeftAlone) {
  add("a.ko");
  now.cwd = dir / "elsewhere";
  check();
  EXPECT_EQ(asked, Names{});
}

} // namespace
} // namespace kbtf::test
