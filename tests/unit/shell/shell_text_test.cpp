// SPDX-License-Identifier: GPL-2.0-only
// What read_shell() sees in real text, and what it says of text that it does not read.
#include "daemon/shell/shell_text.hpp"

#include "tests/unit/expect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

ShellText read(const std::string& text) {
  auto result = read_shell(text);
  EXPECT_TRUE(is_ok(result)) << text;
  return result ? *result : ShellText{};
}

// Each command as its words, as written: "NAME=" for assignments, redirections as "OP TARGET".
std::vector<std::string> commands(const std::string& text) {
  std::vector<std::string> all;
  for (const auto& command : read(text).commands) {
    std::string line;
    for (const auto& assignment : command.assignments)
      line += assignment.name + "=" + assignment.value.source + " ";
    for (const auto& word : command.words)
      line += word.source + " ";
    for (const auto& redirection : command.redirections)
      line += redirection.op + redirection.target.source + " ";
    line.pop_back();
    all.push_back(line);
  }
  return all;
}

ShellWord word(const std::string& text) {
  const auto result = read("x " + text);
  return result.commands.back().words.at(1);
}

std::string literal(const std::string& text) {
  return word(text).literal().value_or("(none)");
}

std::string why_not(const std::string& text) {
  const auto result = read_shell(text);
  EXPECT_FALSE(result) << text;
  EXPECT_TRUE(result || result.error().kind == ErrorKind::unsupported);
  return result ? "" : result.error().text;
}

TEST(ShellText, SimpleCommands) {
  EXPECT_THAT(commands("pahole -J x.ko"), ElementsAre("pahole -J x.ko"));
  EXPECT_THAT(commands("a; b & c && d || e | f\n\ng\n"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_THAT(commands(" # all of it\n a b#c # d ; e\n"), ElementsAre("a b#c"));
  EXPECT_THAT(commands("a \\\n  b\\\nc"), ElementsAre("a b\\\nc"));
  EXPECT_THAT(commands(""), IsEmpty());
  EXPECT_THAT(commands("\n \t\n"), IsEmpty());
}

TEST(ShellText, Assignments) {
  EXPECT_THAT(commands("A=1 B=\"$C\" pahole D=2"), ElementsAre("A=1 B=\"$C\" pahole D=2"));
  EXPECT_THAT(commands("A="), ElementsAre("A="));
  EXPECT_THAT(commands("A= b"), ElementsAre("A= b"));
  EXPECT_THAT(read("A=1 B=2; for C in 1; do :; done; : ${D:=x} $((E = 1))").assigns,
              UnorderedElementsAre("A", "B", "C", "D", "E"));
}

TEST(ShellText, Redirections) {
  EXPECT_THAT(commands("printf x 1>&2"), ElementsAre("printf x >&2"));
  EXPECT_THAT(commands("a >b 2>>c <d >| e"), ElementsAre("a >b >>c <d >|e"));
  EXPECT_THAT(commands("{ a; } <b >c"), ElementsAre("a", "<b >c"));
  EXPECT_THAT(commands("a 2 >b"), ElementsAre("a 2 >b"));
  EXPECT_THAT(commands(">b"), ElementsAre(">b"));
}

TEST(ShellText, CompoundCommands) {
  EXPECT_THAT(commands("if a; then b; elif c\nthen d; else e; fi; f"),
              ElementsAre("a", "b", "c", "d", "e", "f"));
  EXPECT_THAT(commands("if [ ! -f vmlinux ]; then\n\tp;\nelse q; fi;"),
              ElementsAre("[ ! -f vmlinux ]", "p", "q"));
  EXPECT_THAT(commands("while a; do b; done; until c\ndo d\ndone"),
              ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(commands("for x in a $b; do c; done\nfor y\ndo d; done; for z; do e; done"),
              ElementsAre("c", "d", "e"));
  EXPECT_THAT(commands("(a; (b)); { c; { d; }; }; ! e"), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(commands("echo if then fi } { ! done"), ElementsAre("echo if then fi } { ! done"));
  EXPECT_THAT(commands("'if' a"), ElementsAre("'if' a"));
}

TEST(ShellText, Case) {
  EXPECT_THAT(commands("case \"$1\" in\n-*) a ;;\n(x|y) b; c ;;\n'q r')\n;;\n*)\n d\nesac; e"),
              ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(commands("case a in esac"), IsEmpty());
}

TEST(ShellText, Functions) {
  const auto text = read("usage()\n{\n\techo \"Usage: $0\"\n}\nis_it () { grep -q $1 x; }\nusage");
  EXPECT_THAT(text.functions, UnorderedElementsAre("usage", "is_it"));
  EXPECT_EQ(text.commands.size(), 3U);
  EXPECT_THAT(text.reads, UnorderedElementsAre("0", "1"));
}

TEST(ShellText, CommandsInsideOfWordsComeBeforeTheirCommand) {
  EXPECT_THAT(commands("a $(b; c) `d` \"$(e \"$(f)\")\""),
              ElementsAre("b", "c", "d", "f", "e \"$(f)\"", "a $(b; c) `d` \"$(e \"$(f)\")\""));
  EXPECT_THAT(commands("x=`echo \\`pahole\\``"),
              ElementsAre("pahole", "echo `pahole`", "x=`echo \\`pahole\\``"));
  EXPECT_THAT(commands(": ${A:-$(b)}"), ElementsAre("b", ": ${A:-$(b)}"));
}

TEST(ShellText, VariablesThatAreRead) {
  EXPECT_THAT(read("a $b ${c} \"$d\" ${e:+--base ${f}} ${#g} $1 ${10} \"$@\" $? $((h + $i))").reads,
              UnorderedElementsAre("b", "c", "d", "e", "f", "g", "1", "10", "@", "?", "h", "i"));
  EXPECT_THAT(read("a '$b' \\$c \"\\$d\" $ '' $% # $e").reads, IsEmpty());
}

TEST(ShellText, Literals) {
  EXPECT_EQ(literal("pahole"), "pahole");
  EXPECT_EQ(literal("'a b'\"c d\"\\ e"), "a bc d e");
  EXPECT_EQ(literal("\"\\n\\$\\\"\""), "\\n$\"");
  EXPECT_EQ(literal("\"\""), "");
  EXPECT_EQ(literal("["), "[");
  EXPECT_EQ(literal("'*'"), "*");
  EXPECT_EQ(literal("a\\\nb"), "ab");
  EXPECT_EQ(literal("M=Документы/one.ko"), "M=Документы/one.ko");
  for (const char* text : {"$a", "${a}", "\"$a\"", "$(a)", "`a`", "${a:-b}", "$((1))", "~/p",
                           "a=~/p", "*.ko", "w?x", "[x]/y", "{a,b}", "a$", "a/{b}"})
    EXPECT_EQ(literal(text), std::string(text) == "a$" ? "a$" : "(none)") << text;
}

TEST(ShellText, WordsWithKnownVariables) {
  const auto expand = [](const std::string& text) {
    return word(text)
        .expand([](const std::string& name) -> std::optional<std::string> {
          if (name == "HOME")
            return "/home/u";
          return name == "LIST" ? std::optional<std::string>("a b") : std::nullopt;
        })
        .value_or("(none)");
  };
  EXPECT_EQ(expand("$HOME/p"), "/home/u/p");
  EXPECT_EQ(expand("\"${HOME}/p\""), "/home/u/p");
  EXPECT_EQ(expand("\"$LIST\""), "a b");
  EXPECT_EQ(expand("$LIST"), "(none)");
  EXPECT_EQ(expand("$OTHER/p"), "(none)");
  EXPECT_EQ(expand("${HOME%/u}"), "(none)");
}

TEST(ShellText, WordsThatAreOneVariable) {
  EXPECT_EQ(word("${PAHOLE}").variable(), "PAHOLE");
  EXPECT_EQ(word("\"$PAHOLE\"").variable(), "PAHOLE");
  EXPECT_EQ(word("\"\"").variable(), std::nullopt);
  EXPECT_EQ(word("x$PAHOLE").variable(), std::nullopt);
  EXPECT_EQ(word("$A$B").variable(), std::nullopt);
  EXPECT_EQ(word("x").variable(), std::nullopt);
}

TEST(ShellText, LinesAreCounted) {
  const auto text = read("a\n\nb 'c\nd' e\nf \\\n g $(\nh)\n");
  ASSERT_EQ(text.commands.size(), 4U);
  EXPECT_EQ(text.commands[0].line, 1);
  EXPECT_EQ(text.commands[1].line, 3);
  EXPECT_EQ(text.commands[2].line, 7); // h
  EXPECT_EQ(text.commands[3].line, 5); // f
}

// What a reader could take for something else must be refused, by name.
TEST(ShellText, RefusesUnsupportedSyntax) {
  EXPECT_EQ(why_not("a\ncat <<END\nb\nEND\n"), "line 2: a here-document");
  EXPECT_EQ(why_not("[[ a ]]"), "line 1: [[ is not POSIX");
  EXPECT_EQ(why_not("function f { a; }"), "line 1: function is not POSIX");
  EXPECT_EQ(why_not("a=(b c)"), "line 1: an array of bash");
  EXPECT_EQ(why_not("a+=b"), "line 1: += of bash");
  EXPECT_EQ(why_not("a $'b\\n'"), "line 1: $' of bash");
  EXPECT_EQ(why_not("a &>b"), "line 1: &> of bash");
  EXPECT_EQ(why_not("a |& b"), "line 1: |& of bash");
  EXPECT_EQ(why_not("diff <(a) b"), "line 1: <( of bash");
  EXPECT_EQ(why_not("a ${b//c/d}"), "line 1: ${b// is not POSIX");
  EXPECT_EQ(why_not("a ${b[0]}"), "line 1: ${b[0 is not POSIX");
  EXPECT_EQ(why_not("a ${!b}"), "line 1: ${!b} is not POSIX");
  EXPECT_EQ(why_not("a ${b:0:1}"), "line 1: ${b:0 is not POSIX");
  EXPECT_EQ(why_not("((a))"), "line 1: (( is not POSIX");
  EXPECT_EQ(why_not("a \"${b:-it's}\" c 'd'"), "line 1: a ' in ${…} in double quotes");
  EXPECT_EQ(why_not("case a in b) c ;& esac"), "line 1: ;& of bash");
  EXPECT_EQ(why_not(std::string("a\0b", 3)), "line 1: not text");
}

// A shell joins the lines before it looks for words.
TEST(ShellText, NamesAndOperatorsOverTwoLines) {
  for (const char* text :
       {"a \"$WHI\\\nCH\"", "a $WHI\\\n\\\nCH", "a \"$\\\n(b)\"", "a $\\\n{b}", "a $\\\nb",
        "a ${b\\\nc}", "a ${b:\\\n-c}", "a $(\\\n(1))", "PA\\\nTH=/x", "PATH\\\n=/x b", "A\\\n+=b",
        "a &\\\n& b", "a |\\\n| b", "a |\\\n& b", "a &\\\n> b", "a >\\\n> b", "a <\\\n< b",
        "case a in b) c ;\\\n; esac"})
    EXPECT_NE(why_not(text), "") << text;
  EXPECT_THAT(commands("a $b\\\n  c; d \"$e\\\n f\"; g &&\\\n h; i $(\\\n j)"),
              ElementsAre("a $b\\\n c", "d \"$e\\\n f\"", "g", "h", "j", "i $(\\\n j)"));
}

TEST(ShellText, RefusesIncompleteText) {
  for (const char* text : {"a 'b",        "a \"b",         "a `b",  "a $(b",      "a ${b",
                           "a $((1",      "a \\",          "(a",    "{ a",        "if a; then b",
                           "if a",        "while a; do b", "for",   "for x in a", "case a in b) c",
                           "case a in b", "case a",        ")",     "a )",        "fi",
                           "then",        "a; ; b",        "; a",   "a && ;",     "f() ",
                           "a >",         "a <",           "a (b)", "esac",       "}"})
    EXPECT_NE(why_not(text), "") << text;
}

TEST(ShellText, DepthIsBounded) {
  for (const char* open : {"$(", "( ", "{ ", "${a:-", "if "}) {
    std::string text = open[0] == '$' ? "a " : "";
    for (int i = 0; i < 100000; ++i)
      text += open;
    const auto result = read_shell(text);
    ASSERT_FALSE(result) << open;
    EXPECT_EQ(result.error().text, "line 1: nested too deep") << open;
  }
}

} // namespace
} // namespace kbtf::test
