// SPDX-License-Identifier: GPL-2.0-only
// A script of the tree that makes the BTF: it takes the tools from the environment.
#include "tests/unit/tools/tool_key_case.hpp"

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class TreeScriptTest : public ToolKeyTest {
protected:
  TreeScriptTest() {
    spec.command = "sh scripts/gen-btf.sh --btf_base vmlinux net/a.ko";
    spec.tools = {"pahole", "./resolve_btfids", "objcopy"};
    write("");
    fs::create_directories(dir / "tree/include/config");
    spill(dir / "tree/include/config/auto.conf", "CONFIG_A=y\nCONFIG_B=y\n");
  }
  void write(const std::string& more) {
    spill(dir / "tree/scripts/gen-btf.sh",
          "is_on() { grep -q \"^$1=y\" ${objtree}/include/config/auto.conf; }\n"
          "${PAHOLE} -J ${PAHOLE_FLAGS} --btf_base \"$2\" \"$3\"\n${RESOLVE_BTFIDS} \"$3\"\n"
          "${OBJCOPY} --add-section .BTF=\"$3.BTF\" \"$3\"\nrm -f \"$3.BTF\"\n"
          "is_on CONFIG_A && ${CC} -c x.c\n" +
              more);
  }
};

TEST_F(TreeScriptTest, RunsMakesTools) {
  EXPECT_TRUE(has_input(dir / "bin/pahole"));
  EXPECT_TRUE(has_input("/usr/bin/rm"));
  EXPECT_TRUE(moves([&] { append("bin/objcopy"); }));
  spec.around.environment = {"PAHOLE=other"};
  EXPECT_TRUE(refuses("PAHOLE of the environment is not make's"));
}

TEST_F(TreeScriptTest, OnlyTheOptionsThatItMentionsCount) {
  EXPECT_FALSE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_A=y\n"); }));
  EXPECT_TRUE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_A=m\n"); }));
  EXPECT_TRUE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_AB=y\n"); }));
  EXPECT_TRUE(moves([&] { fs::remove(dir / "tree/include/config/auto.conf"); }));
}

TEST_F(TreeScriptTest, VariablesThatItReadsCountUnlessTheyOnlyPrint) {
  EXPECT_FALSE(moves([&] { spec.around.environment = {"PAHOLE=pahole"}; }));
  write("case $KBUILD_VERBOSE in *1*) set -x ;; esac\n");
  EXPECT_FALSE(moves([&] { spec.around.environment = {"KBUILD_VERBOSE=1", "OTHER=2"}; }));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"PAHOLE_FLAGS=--btf_gen_floats"}; }));
  EXPECT_FALSE(moves([&] { spec.around.environment = {"PAHOLE_FLAGS=-j8 --btf_gen_floats"}; }));
}

TEST_F(TreeScriptTest, AnyCompilerCounts) {
  put("bin/ccache", "anything\n");
  put("bin/mycc", "#!/usr/bin/python3\n");
  spec.around.environment = {"CC=ccache mycc -x"};
  EXPECT_TRUE(has_input(dir / "bin/ccache"));
  EXPECT_TRUE(moves([&] { append("bin/mycc"); }));
}

TEST_F(TreeScriptTest, NamesScriptNotUnderstood) {
  write("eval x\n");
  EXPECT_TRUE(refuses("tree/scripts/gen-btf.sh: line 7: cannot tell what \"eval\" runs"));
  write("${X} x\n");
  EXPECT_TRUE(refuses("tree/scripts/gen-btf.sh: line 7: cannot tell what \"${X}\" runs"));
  spec.command = "sh scripts/other.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found));
}

// Kbuild names resolve_btfids by its path in the tree; a script there is the tree's own.
TEST_F(TreeScriptTest, ResolveBtfidsMayBeAScript) {
  script("tree/resolve_btfids", "cp \"$1\" \"$1.BTF\"\n${OBJCOPY} \"$1\"");
  EXPECT_TRUE(has_input("/usr/bin/cp"));
  script("bin/pahole", "cp \"$1\" \"$2\"");
  EXPECT_TRUE(refuses("/usr/bin/cp: is no tool"));
}

} // namespace
} // namespace kbtf::test
