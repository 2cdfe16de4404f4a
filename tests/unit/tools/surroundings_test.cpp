// SPDX-License-Identifier: GPL-2.0-only
// Which of the environment reaches the tools and the dynamic linker.
#include "daemon/tools/surroundings.hpp"

#include "tests/unit/expect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Surroundings with(std::vector<std::string> environment, std::string library_path = "") {
  return {"/tree", "/bin", std::move(library_path), std::move(environment)};
}

std::vector<std::string> loader(const Surroundings& around) {
  const auto result = loader_environment(around);
  EXPECT_TRUE(is_ok(result));
  return result ? *result : std::vector<std::string>();
}

TEST(Surroundings, RefusesVariablesThatChangeShells) {
  const auto refused = [](const Surroundings& around, const std::string& text) {
    EXPECT_TRUE(is_error(check_surroundings(around), ErrorKind::unsupported, text)) << text;
  };
  refused({"/", "/bin", "", {"BASH_ENV=/x"}}, "BASH_ENV is set");
  refused({"/", "/bin", "", {"PS4=$(x)"}}, "PS4 is set");
  refused({"/", "/bin", "", {"SHELLOPTS=braceexpand:keyword"}}, "SHELLOPTS is set, with keyword");
  refused({"/", "/bin:~/opt", "", {}}, "PATH has ~/opt");
  refused({"/", "~u", "", {}}, "PATH has ~u");
  EXPECT_TRUE(is_ok(check_surroundings(
      {"/", "/bin:/a~:", "", {"BASH_ENV=", "PS4=+ ", "SHELLOPTS=braceexpand:hashall"}})));
}

TEST(Surroundings, ValuesByName) {
  const auto around = with({"A=1", "AB=2", "C=", "D=x=y"}, "/lib");
  EXPECT_EQ(around.value("A"), "1");
  EXPECT_EQ(around.value("AB"), "2");
  EXPECT_EQ(around.value("C"), "");
  EXPECT_EQ(around.value("D"), "x=y");
  EXPECT_EQ(around.value("B"), std::nullopt);
  EXPECT_EQ(around.value("PATH"), "/bin");
  EXPECT_EQ(around.value("LD_LIBRARY_PATH"), "/lib");
  EXPECT_EQ(with({}).value("LD_LIBRARY_PATH"), std::nullopt);
}

TEST(Surroundings, OnlyWhatToolsReadCounts) {
  EXPECT_THAT(tool_variables(with({"GNUTARGET=a", "SECRET=b", "LDEMULATION=", "TMPDIR=/x"})),
              ElementsAre("GNUTARGET", "LDEMULATION"));
  EXPECT_THAT(tool_variables(with({"HOME=/x", "TERM=y"})), IsEmpty());
  const auto both = with({"LDEMULATION=a", "PAHOLE_LANG_EXCLUDE=rust"});
  EXPECT_THAT(linker_variables(both), ElementsAre("LDEMULATION"));
  EXPECT_THAT(tool_variables(both), ElementsAre("LDEMULATION", "PAHOLE_LANG_EXCLUDE"));
}

TEST(Surroundings, DynamicLinkerGetsBuildsVariables) {
  EXPECT_THAT(loader(with({"A=1"})), IsEmpty());
  EXPECT_THAT(loader(with({"LD_PRELOAD=/a.so", "GLIBC_TUNABLES=x=y", "LD_DEBUG=all"}, "/lib:")),
              ElementsAre("LD_LIBRARY_PATH=/lib:", "LD_PRELOAD=/a.so", "GLIBC_TUNABLES=x=y"));
  EXPECT_TRUE(is_error(loader_environment(with({"LD_AUDIT=/a.so"})), ErrorKind::unsupported,
                       "LD_AUDIT is set"));
  EXPECT_THAT(loader(with({"LD_AUDIT="})), IsEmpty());
}

TEST(Surroundings, FakerootIsLeftOut) {
  EXPECT_THAT(loader(with({"LD_PRELOAD=libfakeroot-sysv.so"})), IsEmpty());
  EXPECT_THAT(loader(with({"LD_PRELOAD=/usr/lib/libfakeroot/libfakeroot-tcp.so:a.so b.so"})),
              ElementsAre("LD_PRELOAD=a.so:b.so"));
  EXPECT_THAT(loader(with({"LD_PRELOAD=/libfakeroot/evil.so"})),
              ElementsAre("LD_PRELOAD=/libfakeroot/evil.so"));
}

TEST(Surroundings, KnowsDecidingVariablesByName) {
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "LD_ANYTHING", "HOME", "BASH_ENV",
                           "BASH_FUNC_pahole%%", "GNUTARGET", "GLIBC_TUNABLES"})
    EXPECT_TRUE(decides_tools(name)) << name;
  for (const char* name : {"A", "LDFLAGS", "PAHOLE_EXTRA", "MYPATH", ""})
    EXPECT_FALSE(decides_tools(name)) << name;
}

} // namespace
} // namespace kbtf::test
