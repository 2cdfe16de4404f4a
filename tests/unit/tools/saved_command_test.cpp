// SPDX-License-Identifier: GPL-2.0-only
// The command in ".x.ko.cmd", in both spellings, and another file put into a command.
#include "daemon/tools/saved_command.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

TEST(SavedCommandFile, LiesBesideTheTarget) {
  EXPECT_EQ(saved_command_file("/o/net/a.ko"), "/o/net/.a.ko.cmd");
  EXPECT_EQ(saved_command_file("a.ko"), ".a.ko.cmd");
}

TEST(SavedCommand, ReadsBothSpellings) {
  for (const char* prefix : {"savedcmd_", "cmd_"})
    EXPECT_EQ(
        saved_command(prefix + std::string("net/a.ko := ld -r -o net/a.ko net/a.o\n"), "net/a.ko"),
        "ld -r -o net/a.ko net/a.o");
}

TEST(SavedCommand, RemovesMakeEscapes) {
  EXPECT_EQ(saved_command("cmd_a.ko := ld $$x $(pound)y -o a.ko\n", "a.ko"), "ld $x #y -o a.ko");
}

TEST(SavedCommand, MayFollowOtherLines) {
  EXPECT_EQ(saved_command("source_a.ko := a.c\n\nsavedcmd_a.ko := ld -o a.ko", "a.ko"),
            "ld -o a.ko");
}

TEST(SavedCommand, MatchesOnlyItsTarget) {
  EXPECT_EQ(saved_command("savedcmd_net/a.ko := ld\n", "a.ko"), "");
  EXPECT_EQ(saved_command("", "a.ko"), "");
}

TEST(WithFileReplaced, TakesWholeWords) {
  EXPECT_EQ(with_file_replaced("ld -o a.ko x.o; resolve -b v a.ko;", "a.ko", "/s/a.ko"),
            "ld -o /s/a.ko x.o; resolve -b v /s/a.ko;");
  EXPECT_EQ(with_file_replaced("cp \"a.ko\" 'a.ko'", "a.ko", "b"), "cp \"b\" 'b'");
}

TEST(WithFileReplaced, RefusesAmbiguousText) {
  EXPECT_EQ(with_file_replaced("ld -o b.ko", "a.ko", "x"), "");            // not named
  EXPECT_EQ(with_file_replaced("ld -o a.ko > a.ko.log", "a.ko", "x"), ""); // part of a name
  EXPECT_EQ(with_file_replaced("ld -o net/a.ko a.ko", "a.ko", "x"), "");
}

TEST(PlainWords, AreNamesAndFlags) {
  EXPECT_EQ(plain_words("ld -T x.lds; [ -f $(y) ] && z"),
            (std::vector<std::string>{"ld", "-T", "x.lds", "-f", "y", "z"}));
}

TEST(IsPlainName, AcceptsNamesWithoutShellSyntax) {
  EXPECT_TRUE(is_plain_name("/state/a-b_c.ko"));
  for (const char* odd : {"", "a b", "a;b", "a$b", "a'b", "a*"})
    EXPECT_FALSE(is_plain_name(odd)) << odd;
}

// A part of a longer name is not the name, in any script.
TEST(SavedCommand, NamesHaveLettersOfAnyScript) {
  EXPECT_TRUE(is_plain_name("\xd0\x94/\xe5\xad\x97.ko"));
  EXPECT_EQ(with_file_replaced("ld -o \xd1\x8f"
                               "b.ko",
                               "b.ko", "/s/b.ko"),
            "");
  EXPECT_EQ(with_file_replaced("ld -o \xd1\x8f/b.ko", "\xd1\x8f/b.ko", "/s/b.ko"), "ld -o /s/b.ko");
}

} // namespace
} // namespace kbtf::test
