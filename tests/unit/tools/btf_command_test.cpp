// SPDX-License-Identifier: GPL-2.0-only
// cmd_btf_ko of every era, as make expands it, and commands that are none of them.
#include "daemon/tools/btf_command.hpp"

#include "tests/unit/expect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

const BtfTools k_tools = {{"pahole"}, {"./tools/resolve_btfids"}, {"objcopy"}};

// Kbuild 5.11 to 5.15.
const std::string k_511 =
    "if [ -f vmlinux ]; then LLVM_OBJCOPY=\"objcopy\" pahole -J --btf_base vmlinux x.ko; else "
    "printf \"Skipping BTF generation for %s due to unavailability of vmlinux\\n\" x.ko 1>&2; fi;";
// 5.16 to 6.19, with make's continuation lines.
const std::string k_516 =
    "if [ ! -f ./vmlinux ]; then \\\n\t\tprintf \"Skipping BTF generation for %s due to "
    "unavailability of vmlinux\\n\" x.ko 1>&2; \\\n\telse \\\n\t\tLLVM_OBJCOPY=\"objcopy\" pahole "
    "-J "
    "-j --btf_features=encode_force,var --lang_exclude=rust --btf_base ./vmlinux x.ko; \\\n\t\t"
    "./tools/resolve_btfids -b ./vmlinux x.ko; \\\n\tfi;";
// 7.0 on.
const std::string k_70 =
    "if [ ! -f ./vmlinux ]; then printf \"Skipping BTF generation for %s due to unavailability of "
    "vmlinux\\n\" x.ko 1>&2; else sh ./scripts/gen-btf.sh --btf_base ./vmlinux x.ko; fi;";

Expected<BtfCommand> read(const std::string& command, const BtfTools& tools = k_tools) {
  return read_btf_command({command, "x.ko", "./vmlinux"}, tools);
}

TEST(BtfCommand, OfEveryEraIsUnderstood) {
  for (const auto& command : {k_511, k_516}) {
    const auto result = read(command);
    ASSERT_TRUE(is_ok(result)) << command;
    EXPECT_TRUE(result->scripts.empty());
    EXPECT_FALSE(result->leaves_objcopy_to_pahole);
  }
  const auto script = read(k_70);
  ASSERT_TRUE(is_ok(script));
  ASSERT_EQ(script->scripts.size(), 1U);
  EXPECT_EQ(script->scripts[0].shell, "sh");
  EXPECT_EQ(script->scripts[0].path, "./scripts/gen-btf.sh");
}

TEST(BtfCommand, ToolsMayBeSeveralWords) {
  std::string command = k_511;
  command.replace(command.find(" pahole") + 1, 6, "env A=1 nice -n1 pahole");
  EXPECT_TRUE(is_ok(read(command, {{"env", "A=1", "nice", "-n1", "pahole"}, {}, {"objcopy"}})));
  EXPECT_TRUE(is_error(read(command), ErrorKind::unsupported, "cmd_btf_ko runs env"));
}

TEST(BtfCommand, TheShellMayBeAnotherOne) {
  for (const char* shell : {"/bin/sh", "bash", "/usr/bin/dash"}) {
    std::string command = k_70;
    command.replace(command.find("else sh ") + 5, 2, shell);
    const auto result = read(command);
    ASSERT_TRUE(is_ok(result));
    EXPECT_EQ(result->scripts[0].shell, shell);
  }
}

TEST(BtfCommand, NamesWhatItRefuses) {
  const auto refused = [](const std::string& more, const std::string& text) {
    EXPECT_TRUE(is_error(read(k_511 + " " + more), ErrorKind::unsupported, text)) << more;
  };
  refused("strip x.ko", "cmd_btf_ko runs strip, which kbtf does not know");
  refused("python3 btf.py x.ko", "cmd_btf_ko runs python3");
  refused("sh -c 'pahole x.ko'", "cmd_btf_ko runs sh");
  refused("$TOOL x.ko", "cmd_btf_ko runs $TOOL");
  refused("echo $(cat list)", "cmd_btf_ko runs cat");
  refused("eval x", "cmd_btf_ko runs eval");
  refused(". ./x", "cmd_btf_ko runs .");
  refused("exec pahole", "cmd_btf_ko runs exec");
  refused("pahole() { :; }", "cmd_btf_ko defines a function");
  refused("PATH=/x pahole -J x.ko", "cmd_btf_ko sets PATH");
  refused("LD_PRELOAD=x.so pahole -J x.ko", "cmd_btf_ko sets LD_PRELOAD");
  refused("LLVM_OBJCOPY=other pahole -J x.ko", "cmd_btf_ko sets LLVM_OBJCOPY to another objcopy");
  refused("cat <<X", "cmd_btf_ko is not understood: line 1: a here-document");
}

TEST(BtfCommand, KnowsExtraInputs) {
  const auto found = read(k_511 + " pahole -J $MORE \"${X}\" x.ko <in 2>/dev/null 2>&1; A=1 echo;");
  ASSERT_TRUE(is_ok(found));
  EXPECT_THAT(found->reads, testing::UnorderedElementsAre("MORE", "X"));
  EXPECT_THAT(found->sets, testing::UnorderedElementsAre("A", "LLVM_OBJCOPY"));
  EXPECT_THAT(found->inputs, testing::ElementsAre("in"));
  const auto refused = [](const std::string& more, const std::string& text) {
    EXPECT_TRUE(is_error(read(k_511 + " " + more), ErrorKind::unsupported, text)) << more;
  };
  refused("X=1; pahole -J $X x.ko", "cmd_btf_ko sets $X and reads it");
  refused("for PATH in /x; do :; done", "cmd_btf_ko sets PATH");
  refused("pahole -J x.ko >log", "cmd_btf_ko has >log");
  refused("pahole -J x.ko <$IN", "cmd_btf_ko has <$IN");
  refused("pahole -J $RANDOM x.ko", "cmd_btf_ko reads $RANDOM");
  refused("pahole -J --x=/etc/* x.ko", "cmd_btf_ko names files by a pattern");
  refused("set -k", "cmd_btf_ko runs set with words");
  refused("printf -v X y", "cmd_btf_ko runs printf with words");
  EXPECT_TRUE(is_ok(read("set -e; " + k_511)));
}

TEST(BtfCommand, KnowsWhenPaholeFindsItsObjcopyItself) {
  const auto leaves = [](const std::string& command) {
    const auto result = read(command);
    EXPECT_TRUE(is_ok(result));
    return result && result->leaves_objcopy_to_pahole;
  };
  EXPECT_TRUE(leaves("pahole -J --btf_base vmlinux x.ko"));
  EXPECT_FALSE(leaves("LLVM_OBJCOPY=objcopy pahole -J --btf_base vmlinux x.ko"));
  EXPECT_FALSE(leaves("pahole -J --btf_base vmlinux --btf_encode_detached=x.btf x.ko"));
}

// As make hands them to a shell, which is their affair.
TEST(BtfCommand, NamesOfModulesMayHaveAnyCharacters) {
  for (const char* name :
       {"Документы/one.ko", "a=b/one.ko", "[x]/one.ko", "w*x/one.ko", "a#b/one.ko", "a'b.ko",
        "a\"b.ko", "a`b.ko", "a(b).ko", "a&b.ko", "a;b.ko", "a\\b.ko", "~/a.ko", "a{b,c}.ko",
        "!a.ko", "a>b.ko", "${a.ko"}) {
    std::string command = k_70;
    for (std::size_t at; (at = command.find("x.ko")) != std::string::npos;)
      command.replace(at, 4, name);
    EXPECT_TRUE(is_ok(read_btf_command({command, name, "./vmlinux"}, k_tools))) << name;
  }
  EXPECT_TRUE(is_ok(read_btf_command(
      {"sh gen-btf.sh --btf_base /k(1)/vmlinux x.ko", "x.ko", "/k(1)/vmlinux"}, k_tools)));
}

} // namespace
} // namespace kbtf::test
