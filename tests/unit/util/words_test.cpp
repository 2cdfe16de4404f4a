// SPDX-License-Identifier: GPL-2.0-only
// Words, parts of lists, and replacing that leaves parts of longer words alone.
#include "util/words.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitWords, AnyBlanksSeparate) {
  EXPECT_THAT(split_words(" a\tb\n\nc\r\v\fd "), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(split_words("word"), ElementsAre("word"));
  EXPECT_THAT(split_words(" \n"), IsEmpty());
  EXPECT_THAT(split_words(""), IsEmpty());
}

TEST(Split, NothingBetweenTwoSeparators) {
  EXPECT_THAT(split(";a;;b c;", ";"), ElementsAre("a", "b c"));
  EXPECT_THAT(split("a\n\nb", "\n"), ElementsAre("a", "b"));
}

TEST(RunsOf, AreAsLongAsTheyCanBe) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  EXPECT_THAT(runs_of("12a3b", is_digit), ElementsAre("12", "3"));
  EXPECT_THAT(runs_of("a45", is_digit), ElementsAre("45"));
  EXPECT_THAT(runs_of("none", is_digit), IsEmpty());
}

TEST(SplitList, KeepsEmptyPartsButTheLast) {
  EXPECT_THAT(split_list("/a::/b:"), ElementsAre("/a", "", "/b"));
  EXPECT_THAT(split_list(":"), ElementsAre(""));
  EXPECT_THAT(split_list(""), IsEmpty());
}

TEST(IsOneOf, IsTheWholeWord) {
  constexpr std::array<std::string_view, 2> k_words = {"set", "unset"};
  EXPECT_TRUE(is_one_of("set", k_words));
  EXPECT_FALSE(is_one_of("se", k_words));
  EXPECT_FALSE(is_one_of("", k_words));
}

TEST(ReplaceAll, DoesNotLookAtWhatItWrote) {
  EXPECT_EQ(replace_all("a$$b$$", "$$", "$"), "a$b$");
  EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(replace_all("text", "", "x"), "text");
  EXPECT_EQ(replace_all("", "x", "y"), "");
}

// "aa" in "aaa": the second one begins within the first.
TEST(ReplaceWhere, LeavesWhatIsNotWhole) {
  const std::string text = "ab abc ab";
  const auto is_word = [&text](std::size_t, std::size_t end) {
    return end == text.size() || text[end] == ' ';
  };
  EXPECT_EQ(replace_where(text, "ab", "x", is_word), "x abc x");
  const auto at_end = [](std::size_t, std::size_t end) { return end == 3; };
  EXPECT_EQ(replace_where("aaa", "aa", "b", at_end), "ab");
  EXPECT_EQ(replace_where("aaa", "aa", "b", [](auto, auto) { return true; }), "ba");
}

} // namespace
} // namespace kbtf::test
