// SPDX-License-Identifier: GPL-2.0-only
// What wrappers and scripts of the tree need; and the wrappers of which that cannot be told.
#include "daemon/tools/script_needs.hpp"

#include "tests/unit/expect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const Surroundings k_around = {
    "/tree", "/usr/bin:/bin", "", {"HOME=/home/u", "objtree=.", "GLOB=/etc/x*", "EXTRA=--flag"}};

ScriptNeeds needs(const std::string& text, ScriptKind kind = ScriptKind::wrapper) {
  const auto result = script_needs(text, kind, k_around);
  EXPECT_TRUE(is_ok(result)) << text;
  return result ? *result : ScriptNeeds{};
}

std::set<std::string> programs(const std::string& text, ScriptKind kind = ScriptKind::wrapper) {
  std::set<std::string> names;
  for (const auto& program : needs(text, kind).programs)
    names.insert(program.name);
  return names;
}

std::string why_not(const std::string& text, ScriptKind kind = ScriptKind::wrapper) {
  const auto result = script_needs(text, kind, k_around);
  EXPECT_FALSE(result) << text;
  EXPECT_TRUE(result || result.error().kind == ErrorKind::unsupported);
  return result ? "" : result.error().text;
}

TEST(ScriptNeeds, WrapperNeedsItsPrograms) {
  EXPECT_THAT(programs("exec pahole \"$@\""), ElementsAre("pahole"));
  EXPECT_THAT(programs("exec \"pahole\" \"$@\""), ElementsAre("pahole"));
  EXPECT_THAT(programs("'/opt/a b/pahole' \"$@\""), ElementsAre("/opt/a b/pahole"));
  EXPECT_THAT(programs("pahole \"$@\" || exit\nobjcopy -x \"$1\""),
              ElementsAre("objcopy", "pahole"));
  EXPECT_THAT(programs("if [ \"$1\" = -J ]; then exec pahole-next \"$@\"; else exec pahole; fi"),
              ElementsAre("pahole", "pahole-next"));
  EXPECT_THAT(programs("exec \"$HOME/bin/pahole\" \"$@\""), ElementsAre("/home/u/bin/pahole"));
  EXPECT_THAT(programs("command pahole"), ElementsAre("pahole"));
  EXPECT_THAT(programs("exec command exec pahole"), ElementsAre("pahole"));
  EXPECT_THAT(programs("set -e; export A=1; shift; for a; do :; done; exit 0"), IsEmpty());
}

TEST(ScriptNeeds, LaunchersAreSeenThrough) {
  const auto found = needs("exec env A=1 nice -n1 /opt/pahole \"$@\"").programs;
  EXPECT_THAT(found, UnorderedElementsAre(NeededProgram{"env", ProgramRole::launcher},
                                          NeededProgram{"nice", ProgramRole::launcher},
                                          NeededProgram{"/opt/pahole", ProgramRole::tool}));
}

// The forms that a fixed list of names, or a look at literal paths, would have missed.
TEST(ScriptNeeds, RefusesComputedCommands) {
  const auto refused = [](const std::string& text, const std::string& word) {
    EXPECT_EQ(why_not(text), "line 1: cannot tell what \"" + word + "\" runs") << text;
  };
  refused("exec $(which)", "$(which)"); // and "which" is run before
  refused("D=/opt/x; exec $D/p \"$@\"", "$D/p");
  refused("exec \"${0%/*}/x\" \"$@\"", "\"${0%/*}/x\"");
  refused("exec \"$@\"", "\"$@\"");
  refused("$1", "$1");
  refused("eval \"$X\"", "eval");
  refused("cd /x; exec ./pahole", "cd");
  refused("source /x", "source");
  refused("alias pahole=/x", "alias");
  refused(". /etc/flags", ". /etc/flags");
  refused("exec env $X pahole", "env …");
  refused("exec sh /opt/x", "sh");
  refused("sh -c 'pahole'", "sh");
  refused("command -p pahole", "command -p");
  refused("exec -a x pahole", "exec -a");
  refused("export PAHOLE=/x; exec $PAHOLE", "$PAHOLE");
  refused("read X", "read");
  refused("printf -v PATH x", "printf -v");
  refused("printf \"-v\" PATH x", "printf \"-v\"");
  refused("printf \"$1\" PATH x", "printf \"$1\"");
  refused("wait -p PATH", "wait -p");
  refused("trap \"$X\" EXIT", "trap \"$X\"");
  refused("trap 'X=1' DEBUG", "trap 'X=1'");
  refused("exec ~/bin/pahole", "~/bin/pahole");
}

TEST(ScriptNeeds, CommandSubstitutionIsReadToo) {
  EXPECT_EQ(why_not("exec \"$(command -v pahole)\""),
            "line 1: cannot tell what \"command -v\" runs");
  EXPECT_EQ(why_not("exec `pahole x`/p"), "line 1: cannot tell what \"`pahole x`/p\" runs");
  EXPECT_EQ(why_not("exec pahole $(echo -J) \"$@\""), "line 1: cannot tell what \"echo\" runs");
  EXPECT_THAT(programs("case $(pahole --version) in v1.2*) exec pahole-next ;; esac; exec pahole"),
              ElementsAre("pahole", "pahole-next"));
}

// What is not known to be a builtin has to be a program that is there: "cat" is, and no tool.
TEST(ScriptNeeds, OtherCommandsAreProgramsToCheck) {
  EXPECT_THAT(programs("F=$(cat /etc/flags); exec pahole $F"), Contains("cat"));
}

TEST(ScriptNeeds, RefusesSettingDecidingVariables) {
  for (const char* text :
       {"PATH=/x:$PATH exec pahole", "PATH=/x", "export PATH=/x", "LD_LIBRARY_PATH=/x pahole",
        "unset LD_PRELOAD", "export LD_PRELOAD", "readonly PATH=/x", "BASH_ENV=x",
        "LLVM_OBJCOPY=/x pahole", "HOME=/x", "GNUTARGET=binary pahole"})
    EXPECT_THAT(why_not(text), testing::StartsWith("line 1: sets ")) << text;
  for (const char* text :
       {"for PATH in /x; do pahole; done", "for LD_LIBRARY_PATH in /x; do :; done", ": ${HOME:=/x}",
        ": $((PATH = 0))", "IFS=-", "for IFS in -; do :; done", "PS4='$(x)'", "export PS4=x",
        "IFS=- read -r x"})
    EXPECT_THAT(why_not(std::string("\n").append(text)), testing::StartsWith("line 2: sets "))
        << text;
  EXPECT_THAT(why_not("export \"$X=1\""), testing::HasSubstr("cannot tell what"));
  for (const char* text : {"export -f f", "local -n a=PATH", "unset -f f", "readonly -a x"})
    EXPECT_THAT(why_not(text), testing::HasSubstr("cannot tell what")) << text;
  needs("LLVM_OBJCOPY=\"$OBJCOPY\" pahole");
}

TEST(ScriptNeeds, RefusesShellOptionsThatChangeWords) {
  for (const char* options : {"-k", "-a", "-ek", "-o keyword", "-eo allexport", "+B", "-o", "$X",
                              "\"$@\"", "-e -a", "-e -o posix", "-oe pipefail", "-\"k\""})
    EXPECT_THAT(why_not("set " + std::string(options)), testing::HasSubstr("\"set "));
  for (const char* options : {"-e", "-eu", "-euo pipefail", "+x", "-o errexit -u", "-- -k", "- -k",
                              "-e -- \"$@\"", "a -k", ""})
    needs("set " + std::string(options));
}

TEST(ScriptNeeds, VariablesThatItReadsCount) {
  EXPECT_THAT(needs("exec pahole $EXTRA ${A:-b} \"$@\" \"$1\" $#").variables,
              UnorderedElementsAre("EXTRA", "A"));
  for (const char* name :
       {"RANDOM", "PWD", "UID", "SECONDS", "HOSTNAME", "_", "IFS", "BASH", "BASH_SOURCE"})
    EXPECT_EQ(why_not("pahole $" + std::string(name)),
              "reads $" + std::string(name) + ", which the shell sets");
}

TEST(ScriptNeeds, TestedFilesCount) {
  EXPECT_THAT(needs("[ -x /opt/new/pahole ] && exec /opt/new/pahole \"$@\"; exec pahole").files,
              ElementsAre("/opt/new/pahole"));
  EXPECT_THAT(needs("[ -e mark ] || exit 1; exec pahole </etc/in >/var/log/x 2>/dev/null").files,
              UnorderedElementsAre("/tree/mark", "/etc/in"));
  EXPECT_THAT(needs("[ -e /dev/shm/mark ] || exit 1; exec pahole </dev/fd/3").files,
              ElementsAre("/dev/shm/mark"));
  EXPECT_EQ(why_not("[ -f \"$1.x\" ]"), "line 1: cannot tell which file \"$1.x\" is");
  EXPECT_EQ(why_not("pahole <\"$1\""), "line 1: cannot tell which file \"$1\" is");
  EXPECT_THAT(why_not("[ /a -nt /b ]"), testing::HasSubstr("\"[ -nt\""));
  EXPECT_THAT(why_not("test -t 0"), testing::HasSubstr("\"test -t\""));
}

TEST(ScriptNeeds, MentionsPossibleFileNames) {
  EXPECT_THAT(
      needs("F=/etc/flags; pahole --x=/a/b -T/a/c -Td e \"$HOME/f\" $F --g </dev/null").mentions,
      testing::IsSupersetOf({"/etc/flags", "/a/b", "/a/c", "/tree/d", "/tree/e", "/home/u/f"}));
  EXPECT_THAT(needs("set -- \"$@\" blob; exec objcopy \"$@\"").mentions, Contains("/tree/blob"));
  EXPECT_THAT(why_not("objcopy @e"), testing::HasSubstr("which words @e stands for"));
  EXPECT_THAT(possible_names("--x"), IsEmpty());
  EXPECT_THAT(possible_names("-J"), IsEmpty());
}

// A name that is put together is not known, and nor is the file.
TEST(ScriptNeeds, RefusesComposedNames) {
  for (const char* text :
       {"D=/opt; objcopy --add-section .x=$D/blob \"$1\"", "D=/opt/; F=${D}blob",
        "objcopy --add-section .x=\"$1.x\" \"$1\"", "set -- \"$1$2\"; objcopy \"$@\"",
        "f() { objcopy \"$@\"; }; f \"$1/x\"", "pahole ${A:-/etc/x}", "pahole ~/x", "export F=$1/x",
        "pahole \"${1%/*}/x\"", "pahole x$1"})
    EXPECT_THAT(why_not(text), testing::HasSubstr("cannot tell which file")) << text;
  needs("f=--flag; pahole $f --x=$f -j$N .BTF=\"$1\" \"${1%.ko}\" ${V:+-V} $((1 + 1)) \"$@\" \"\"");
}

// A pattern is a list of files that nobody has named.
TEST(ScriptNeeds, PatternsAreRefused) {
  for (const char* text : {"exec /opt/*/pahole", "pahole /etc/flags.d/*", "P='/etc/x*'; pahole $P",
                           "set -- '/etc/x?'; pahole $@", "for f in /etc/x*; do :; done",
                           "pahole ${A:-/etc/x*}", "pahole $GLOB", "export P='[a]*'"})
    EXPECT_THAT(why_not(text), testing::AnyOf(testing::HasSubstr("stands for"),
                                              testing::HasSubstr("may stand for files")))
        << text;
  needs("echo 'usage: p [-x] *' >&2; case \"$1\" in -*) ;; *.ko) ;; esac; pahole \"${1%.*}\"");
}

TEST(ScriptNeeds, AFunctionMayHideAProgram) {
  EXPECT_THAT(needs("usage() { exit 1; }; usage").programs,
              ElementsAre(NeededProgram{"usage", ProgramRole::hidden}));
  // Behind exec and command it is the program for certain.
  EXPECT_THAT(needs("pahole() { command pahole; }; exec pahole").programs,
              ElementsAre(NeededProgram{"pahole", ProgramRole::tool}));
  EXPECT_THAT(why_not("test() { :; }; test -e \"$1\""), testing::HasSubstr("\"test\""));
}

// As Linux 7.0 has it, in the project's own words.
const std::string k_gen_btf = R"(#!/bin/sh
set -e
usage()
{
	echo "Usage: $0 [--btf_base <file>] <target ELF file>"
	exit 1
}
base=""
while [ $# -gt 0 ]; do
	case "$1" in
	--btf_base)
		base="$2"
		shift 2
		;;
	-*)
		echo "Unknown option: $1" >&2
		usage
		;;
	*) break ;;
	esac
done
[ $# -eq 1 ] || usage
elf="$1"

option() {
	grep -q "^$1=y" ${objtree}/include/config/auto.conf
}

case "${KBUILD_VERBOSE}" in
*1*) set -x ;;
esac

make_data()
{
	${PAHOLE} -J ${PAHOLE_FLAGS} ${base:+--btf_base ${base}} \
		--btf_encode_detached="${elf}.BTF.1" "${elf}"
	${RESOLVE_BTFIDS} ${RESOLVE_BTFIDS_FLAGS} ${base:+--btf_base ${base}} --btf "${elf}.BTF.1" "${elf}"
}

make_object()
{
	echo "" | ${CC} ${CLANG_FLAGS} ${KBUILD_CFLAGS} -c -x c -o ${elf}.o -
	${OBJCOPY} --add-section .BTF=${elf}.BTF ${elf}.o
	if option CONFIG_CPU_BIG_ENDIAN; then
		type='\0\1'
	else
		type='\1\0'
	fi
	printf "${type}" | dd of="${elf}.o" conv=notrunc bs=1 seek=16 status=none
}

cleanup()
{
	rm -f "${elf}.BTF.1"
	if [ -f "${elf}.BTF.base" ]; then rm -f ${elf}.BTF.*; fi
}
trap cleanup EXIT
make_data
make_object
exit 0
)";

TEST(ScriptNeeds, TreeScript) {
  const auto found = needs(k_gen_btf, ScriptKind::of_tree);
  EXPECT_THAT(found.tool_names, UnorderedElementsAre("PAHOLE", "RESOLVE_BTFIDS", "OBJCOPY"));
  EXPECT_THAT(found.compilers, UnorderedElementsAre("CC"));
  EXPECT_THAT(found.options, UnorderedElementsAre("CONFIG_CPU_BIG_ENDIAN"));
  EXPECT_THAT(found.files, IsEmpty());
  EXPECT_THAT(found.mentions, Not(Contains(testing::EndsWith("auto.conf"))));
  EXPECT_THAT(found.programs, testing::IsSupersetOf({NeededProgram{"dd", ProgramRole::utility},
                                                     NeededProgram{"grep", ProgramRole::utility},
                                                     NeededProgram{"rm", ProgramRole::utility}}));
  EXPECT_THAT(found.variables, Contains("PAHOLE_FLAGS"));
  EXPECT_THAT(found.variables, Contains("KBUILD_CFLAGS"));
  EXPECT_THAT(found.variables, Not(Contains("KBUILD_VERBOSE"))); // -x prints, no more
  EXPECT_THAT(found.variables, Not(Contains("PAHOLE")));         // by what it runs
}

TEST(ScriptNeeds, TreeScriptMayBeRefused) {
  const auto refused = [](const std::string& line, const std::string& text) {
    EXPECT_THAT(why_not(k_gen_btf + line, ScriptKind::of_tree), testing::HasSubstr(text)) << line;
  };
  refused(". ./other.sh", "cannot tell what \". ./other.sh\" runs");
  refused("PAHOLE=x\n${PAHOLE}", "cannot tell what \"${PAHOLE}\" runs");
  refused("$HELPER x", "cannot tell what \"$HELPER\" runs");
  refused("sh other.sh", "cannot tell what \"sh\" runs");
  needs(k_gen_btf + ". include/config/auto.conf", ScriptKind::of_tree);
}

TEST(ScriptNeeds, OnlyTreeScriptsMayRunUtilities) {
  EXPECT_THAT(needs("rm -f x", ScriptKind::of_tree).programs,
              ElementsAre(NeededProgram{"rm", ProgramRole::utility}));
  EXPECT_THAT(needs("rm -f x").programs, ElementsAre(NeededProgram{"rm", ProgramRole::tool}));
}

} // namespace
} // namespace kbtf::test
