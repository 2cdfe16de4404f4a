// SPDX-License-Identifier: GPL-2.0-only
// TreeTable: what is remembered of trees, now and by the next daemon.
#include "daemon/server/tree_table.hpp"

#include "tests/unit/temp_dir.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class TreeTableTest : public testing::Test {
protected:
  TreeRecord tree(const std::string& name) {
    fs::create_directories(dir / name);
    TreeRecord made;
    made.tree = made.cwd = dir / name;
    made.modules_order = "modules.order";
    made.base_path = dir / name + "/vmlinux";
    made.key = {hash_text("base"), hash_text("tools"), hash_text("linker")};
    made.kernel = "6.12.0";
    return made;
  }
  StageSpec spec(const std::string& name) {
    StageSpec made;
    made.cwd = dir / name;
    made.modules_order = "modules.order";
    made.command = "pahole -J a.ko";
    made.link = {"ld -r -o a.ko a.o", {"a.o"}};
    made.environment = {"LC_ALL=C"};
    return made;
  }

  TempDir dir;
  Records records{StateDb::in_memory()};
};

TEST_F(TreeTableTest, NextDaemonKnowsThem) {
  {
    TreeTable trees(records);
    trees.remember(tree("a"));
    trees.remember(spec("a"));
  }
  const TreeTable trees(records);
  const TreeRecord* found = trees.find(dir / "a");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->base_path, dir / "a/vmlinux");
  EXPECT_TRUE(found->key == tree("a").key);
  EXPECT_EQ(found->kernel, "6.12.0");
  EXPECT_NE(found->at, "");
  ASSERT_NE(trees.spec(dir / "a"), nullptr);
  EXPECT_EQ(trees.spec(dir / "a")->link.inputs, std::vector<std::string>{"a.o"});
  EXPECT_EQ(trees.spec(dir / "a")->environment, std::vector<std::string>{"LC_ALL=C"});
}

TEST_F(TreeTableTest, LastStageCounts) {
  TreeTable trees(records);
  trees.remember(tree("a"));
  TreeRecord next = tree("a");
  next.why_stock = "no pahole";
  trees.remember(next);
  EXPECT_EQ(trees.all().size(), 1U);
  EXPECT_EQ(trees.find(dir / "a")->why_stock, "no pahole");
}

TEST_F(TreeTableTest, ForgetsDeletedTrees) {
  TreeTable trees(records);
  trees.remember(tree("a"));
  trees.remember(spec("a"));
  fs::remove_all(dir / "a");
  trees.remember(tree("b"));
  EXPECT_EQ(trees.find(dir / "a"), nullptr);
  EXPECT_EQ(trees.spec(dir / "a"), nullptr);
  EXPECT_NE(trees.find(dir / "b"), nullptr);
}

TEST_F(TreeTableTest, InnermostTreeHolds) {
  TreeTable trees(records);
  trees.remember(tree("a"));
  trees.remember(tree("a/out"));
  EXPECT_EQ(trees.holder_of(dir / "a/out/x.ko")->tree, dir / "a/out");
  EXPECT_EQ(trees.holder_of(dir / "a/outside.ko")->tree, dir / "a");
  EXPECT_EQ(trees.holder_of(dir / "abc.ko"), nullptr);
}

TEST_F(TreeTableTest, KnowsBasesAndToolsInUse) {
  TreeTable trees(records);
  TreeRecord stock = tree("stock");
  stock.base_path.clear();
  trees.remember(stock);
  trees.remember(tree("a"));
  EXPECT_TRUE(trees.uses_base(dir / "a/vmlinux"));
  EXPECT_FALSE(trees.uses_base(dir / "b/vmlinux"));
  EXPECT_FALSE(trees.uses_base("")); // what a stage of stock's has
  EXPECT_TRUE(trees.uses_tools(hash_text("tools")));
  EXPECT_FALSE(trees.uses_tools(hash_text("other tools")));
}

} // namespace
} // namespace kbtf::test
