// SPDX-License-Identifier: GPL-2.0-only
// Where the command behind a launcher begins, and which launchers' words are not understood.
#include "daemon/tools/launcher.hpp"

#include "daemon/tools/surroundings.hpp"
#include "tests/unit/expect.hpp"

#include <sstream>

namespace kbtf::test {
namespace {

Expected<std::size_t> size_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::optional<std::string>> words;
  for (std::string word; stream >> word;)
    words.push_back(word == "$X" ? std::nullopt : std::optional(word));
  return launcher_size(words, decides_tools);
}

TEST(Launcher, IsKnownByName) {
  for (const char* name :
       {"env", "nice", "/usr/bin/ionice", "chrt", "taskset", "nohup", "setsid", "time", "timeout"})
    EXPECT_TRUE(is_launcher(name)) << name;
  for (const char* name : {"ccache", "sudo", "sh", "pahole", "xargs", "stdbuf", "", "/env/x"})
    EXPECT_FALSE(is_launcher(name)) << name;
}

TEST(Launcher, ItsOptionsAreSkipped) {
  for (const char* text : {"env",
                           "env A=1 B=",
                           "env -u A",
                           "env --unset=A -uB C=2",
                           "nice",
                           "nice -n1",
                           "nice -n 1",
                           "nice -5",
                           "nice --adjustment=3",
                           "ionice -c3",
                           "ionice -c 2 -n 7 -t",
                           "ionice --class=3",
                           "chrt -i 0",
                           "chrt --idle 0",
                           "chrt -bR 0",
                           "taskset 3",
                           "taskset -c 0-3",
                           "taskset --cpu-list 1,2",
                           "nohup",
                           "setsid -w",
                           "time -p",
                           "time -v",
                           "time -f %e",
                           "timeout 60",
                           "timeout -k 5 -s KILL 60",
                           "timeout --kill-after=5 --foreground 1m"}) {
    const auto size = size_of(std::string(text) + " pahole -J --btf_base vmlinux x.ko");
    ASSERT_TRUE(is_ok(size)) << text;
    std::istringstream words(text);
    std::size_t expected = 0;
    for (std::string word; words >> word;)
      ++expected;
    EXPECT_EQ(*size, expected) << text;
  }
}

TEST(Launcher, NamesUnknownOption) {
  for (const char* text :
       {"env -i", "env -", "env -S pahole", "env --", "env -C /x", "nice -x", "ionice -p 1",
        "taskset -p 1", "timeout --odd 5", "chrt -p 1", "time -z", "nohup -x", "setsid --other"})
    EXPECT_TRUE(is_error(size_of(std::string(text) + " pahole"), ErrorKind::unsupported,
                         "cannot tell what \"" + std::string(text).substr(0, 4)))
        << text;
}

// These decide which program or library runs, or what it writes.
TEST(Launcher, RefusesEnvSettingDecidingVariables) {
  for (const char* text :
       {"env PATH=/x", "env LD_PRELOAD=x.so", "env LD_LIBRARY_PATH=/x", "env -u PATH", "env -uHOME",
        "env --unset=LD_LIBRARY_PATH", "env HOME=/x", "env GNUTARGET=binary", "env A=1 BASH_ENV=x",
        "env LLVM_OBJCOPY=x", "env PAHOLE_VMLINUX_BTF_FILENAME=x", "env GLIBC_TUNABLES=x"})
    EXPECT_TRUE(is_error(size_of(std::string(text) + " pahole"), ErrorKind::unsupported)) << text;
}

TEST(Launcher, RefusesVariablesInWords) {
  for (const char* text : {"env $X pahole", "nice -n $X pahole", "timeout $X pahole"})
    EXPECT_TRUE(is_error(size_of(text), ErrorKind::unsupported)) << text;
}

TEST(Launcher, NeedsCommand) {
  for (const char* text : {"env", "env A=1", "nice -n1", "nice -n", "timeout 5", "chrt -i 0"})
    EXPECT_TRUE(is_error(size_of(text), ErrorKind::unsupported, "has no command behind it"))
        << text;
}

} // namespace
} // namespace kbtf::test
