// SPDX-License-Identifier: GPL-2.0-only
// What is read out of cmd_btf_ko as the kernel's own Makefile.modfinal has expanded it.
#include "daemon/tools/command_text.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Words = std::vector<std::string>;

// scripts/Makefile.modfinal of 5.15, 6.6 and 6.12, quiet prefix left out.
const char* const k_5_15 = "if [ ! -f vmlinux ]; then printf \"Skipping BTF generation for %s due "
                           "to unavailability of vmlinux\\n\" net/a.ko 1>&2; else "
                           "LLVM_OBJCOPY=\"objcopy\" pahole -J --skip_encoding_btf_enum64 "
                           "--btf_base vmlinux net/a.ko; ./tools/bpf/resolve_btfids/resolve_btfids "
                           "-b vmlinux net/a.ko; fi;";
const char* const k_6_12 = "if [ ! -f ./vmlinux ]; then printf \"Skipping\" net/a.ko 1>&2; else "
                           "LLVM_OBJCOPY=\"objcopy\" pahole -J -j8 --btf_features=encode_force,var "
                           "--lang_exclude=rust --btf_base ./vmlinux net/a.ko; "
                           "./tools/bpf/resolve_btfids/resolve_btfids -b ./vmlinux net/a.ko; fi;";
const char* const k_script =
    "\\\n\t/src/scripts/gen-btf.sh --btf_base vmlinux.unstripped net/a.ko;";

TEST(BaseOfCommand, IsTheWordAfterTheFlag) {
  const std::pair<const char*, const char*> cases[] = {
      {k_5_15, "vmlinux"},
      {k_6_12, "./vmlinux"},
      {k_script, "vmlinux.unstripped"},
      {"pahole -J --btf_base=/b/vmlinux a.ko", "/b/vmlinux"},
      {"pahole --btf_base \"vm linux\" a.ko", "vm"}, // Kbuild quotes no such name
      {"pahole --btf_base 'vmlinux';", "vmlinux"},
      {"pahole -J a.ko", ""},
      {"pahole -J --btf_base", ""},
      {"pahole -J --btf_base=", ""},
      {"pahole -J --btf_base_ref vmlinux a.ko", ""},
      {"", ""}};
  for (const auto& [command, base] : cases)
    EXPECT_EQ(base_of_command(command), base) << command;
}

TEST(NormaliseCommand, LeavesOutFlagsThatDecideNoBytes) {
  for (const char* flag : {"-j", "-j1", "-j8", "-j128", "--jobs=4", "--jobs", "--verbose", "-V"})
    EXPECT_EQ(normalise_command("pahole -J " + std::string(flag) + " a.ko", "a.ko"), "pahole -J @")
        << flag;
}

TEST(NormaliseCommand, KeepsFlagsThatLookAlike) {
  for (const char* flag : {"-J", "-jx", "-j4x", "--jobsx", "--verbose2", "-v", "-Vx", "--btf_base",
                           "--lang_exclude=rust", "--btf_features=all", "-b"})
    EXPECT_EQ(normalise_command("pahole " + std::string(flag) + " a.ko", "a.ko"),
              "pahole " + std::string(flag) + " @")
        << flag;
}

TEST(NormaliseCommand, SqueezesBlanks) {
  EXPECT_EQ(normalise_command("  pahole\t -J  \\\n\t a.ko ", "a.ko"), "pahole -J @");
}

TEST(NormaliseCommand, IsTheSameForEveryModule) {
  const std::string of_a = normalise_command(k_6_12, "net/a.ko");
  std::string command = k_6_12;
  for (std::size_t at; (at = command.find("net/a.ko")) != std::string::npos;)
    command.replace(at, 8, "drivers/gpu/b.ko");
  EXPECT_EQ(normalise_command(command, "drivers/gpu/b.ko"), of_a);
  EXPECT_EQ(of_a.find("net/a.ko"), std::string::npos);
  EXPECT_NE(of_a.find("@;"), std::string::npos); // punctuation behind the name stays
}

TEST(NormaliseCommand, KeepsWordsApart) {
  EXPECT_NE(normalise_command("a b", ""), normalise_command("ab", ""));
  for (const auto& [one, other] : {std::pair{"a\\ b", "a b"},
                                   {"'a  b'", "'a b'"},
                                   {"\"a  b\"", "\"a b\""},
                                   {"a '-j' b", "a b"},
                                   {"a '\\' b", "a ' b"},
                                   {"a\nb", "a b"},
                                   {"a\\\nb", "a b"}})
    EXPECT_NE(normalise_command(one, ""), normalise_command(other, "")) << one;
}

TEST(NormaliseCommand, WithoutATargetReplacesNothing) {
  EXPECT_EQ(normalise_command("pahole -J a.ko", ""), "pahole -J a.ko");
}

TEST(PathsInCommand, AreWordsWithASlash) {
  EXPECT_EQ(paths_in_command(k_5_15, "vmlinux", "net/a.ko"),
            Words{"./tools/bpf/resolve_btfids/resolve_btfids"});
  EXPECT_EQ(paths_in_command(k_6_12, "./vmlinux", "net/a.ko"),
            Words{"./tools/bpf/resolve_btfids/resolve_btfids"});
  EXPECT_EQ(paths_in_command(k_script, "vmlinux.unstripped", "net/a.ko"),
            Words{"/src/scripts/gen-btf.sh"});
}

TEST(PathsInCommand, LoseQuotesPunctuationAndAssignments) {
  EXPECT_EQ(paths_in_command("LLVM_OBJCOPY=\"/usr/bin/objcopy\" (/bin/a|'/bin/b')>/tmp/c;`/bin/d`",
                             "", ""),
            (Words{"/usr/bin/objcopy", "/bin/a", "/bin/b", "/tmp/c", "/bin/d"}));
}

TEST(PathsInCommand, AreNamedOnceInOrder) {
  EXPECT_EQ(paths_in_command("b/x a/y b/x", "", ""), (Words{"b/x", "a/y"}));
}

} // namespace
} // namespace kbtf::test
