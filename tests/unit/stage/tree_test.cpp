// SPDX-License-Identifier: GPL-2.0-only
// What "kbtf status OBJTREE" counts: modules as kbtf left them, and whether what they were made
// with is what is there now.
#include "daemon/stage/tree.hpp"

#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

class CompareTree : public testing::Test {
protected:
  KnownModule module(const std::string& name, ModuleState state = ModuleState::finished) {
    KnownModule m{dir.file(name, name), ModuleRecord{}};
    m.record->ko = m.ko;
    m.record->state = state;
    m.record->stamp = *stamp_of(m.ko);
    m.record->is_settled = true;
    m.record->key = now;
    return m;
  }

  TempDir dir;
  const BuildKey now{hash_text("base"), hash_text("tools"), hash_text("ld")};
};

TEST_F(CompareTree, CountsModulesOfOtherBaseOrTools) {
  auto same = module("same.ko");
  auto base = module("base.ko");
  base.record->key.base = hash_text("another base");
  auto tools = module("tools.ko");
  tools.record->key.tools = hash_text("another pahole");
  auto both = module("both.ko");
  both.record->key = {hash_text("another base"), hash_text("another pahole"), now.linker};
  auto linker = module("linker.ko");
  linker.record->key.linker = hash_text("another ld");
  const auto tree = compare_tree({same, base, tools, both, linker}, now);
  EXPECT_EQ(tree.modules, 5u);
  EXPECT_EQ(tree.as_recorded, 5u);
  EXPECT_EQ(tree.other_base, 2u);
  EXPECT_EQ(tree.other_tools, 2u);
  EXPECT_EQ(tree.why_unknown, "");
}

TEST_F(CompareTree, DistinguishesChangedMissingUnfinished) {
  const auto writing = module("writing.ko", ModuleState::writing);
  const auto renumbering = module("renumbering.ko", ModuleState::renumbering);
  auto other = module("other.ko");
  spill(other.ko, "written by somebody else");
  auto unknown = module("unknown.ko");
  unknown.record.reset();
  auto gone = module("gone.ko");
  std::filesystem::remove(gone.ko);
  const auto tree = compare_tree({writing, renumbering, other, unknown, gone}, now);
  EXPECT_EQ(tree.as_recorded, 0u);
  EXPECT_EQ(tree.unfinished, 2u);
  EXPECT_EQ(tree.missing, 1u);
  EXPECT_EQ(tree.first_other, other.ko);
}

TEST_F(CompareTree, UnreadableBaseIsNotCompared) {
  const auto m = module("a.ko");
  const auto tree = compare_tree({m}, unexpected(ErrorKind::not_found, "vmlinux: gone"));
  EXPECT_EQ(tree.as_recorded, 1u);
  EXPECT_EQ(tree.other_base + tree.other_tools, 0u);
  EXPECT_EQ(tree.why_unknown, "vmlinux: gone");
}

} // namespace
} // namespace kbtf::test
