// SPDX-License-Identifier: GPL-2.0-only
// The dynamic linker's own answer for real programs, and files for which it has none.
#include "daemon/tools/loaded_libraries.hpp"

#include "tests/unit/elf_builder.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::EndsWith;
using testing::Not;

const std::string k_program = "/bin/true";

std::string libc_of(const std::string& program) {
  const auto libraries = loaded_libraries(program, {"/", {}});
  if (libraries)
    for (const auto& library : libraries->paths)
      if (library.ends_with("/libc.so.6"))
        return library;
  ADD_FAILURE() << program << " loads no libc.so.6";
  return {};
}

TEST(LoadedLibraries, AreThoseOfTheProgram) {
  const auto libraries = loaded_libraries(fs::read_symlink("/proc/self/exe"), {"/", {}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->paths, Contains(EndsWith("/libelf.so.1")));
  EXPECT_THAT(libraries->paths, Contains(EndsWith("/libc.so.6")));
  EXPECT_THAT(libraries->paths, Contains(testing::HasSubstr("/ld-linux"))); // it decides, too
}

TEST(LoadedLibraries, AreAbsolutePathsOfFiles) {
  const auto libraries = loaded_libraries(k_program, {"/", {}});
  ASSERT_TRUE(is_ok(libraries));
  ASSERT_FALSE(libraries->paths.empty());
  for (const auto& library : libraries->paths)
    EXPECT_TRUE(library.starts_with('/') && fs::is_regular_file(library)) << library;
  EXPECT_THAT(libraries->paths, Not(Contains(EndsWith("/libelf.so.1"))));
}

TEST(LoadedLibraries, AreSearchedAlongTheLibraryPath) {
  const TempDir dir;
  const std::string usual = libc_of(k_program);
  fs::copy_file(usual, dir / "libc.so.6");
  const auto libraries =
      loaded_libraries(k_program, {"/", {"LD_LIBRARY_PATH=/none:" + dir.path()}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->paths, Contains(dir / "libc.so.6"));
  EXPECT_THAT(libraries->paths, Not(Contains(usual)));
}

TEST(LoadedLibraries, OnlyTheGivenLibraryPathCounts) {
  const TempDir dir;
  const std::string usual = libc_of(k_program);
  fs::copy_file(usual, dir / "libc.so.6");
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", dir.path().c_str(), 1), 0);
  const auto libraries = loaded_libraries(k_program, {"/", {}});
  ::unsetenv("LD_LIBRARY_PATH");
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->paths, Contains(usual));
}

// An empty entry is the directory in which the program runs.
TEST(LoadedLibraries, TheDirectoryOfTheBuildCounts) {
  const TempDir dir;
  fs::copy_file(libc_of(k_program), dir / "libc.so.6");
  const auto libraries = loaded_libraries(k_program, {dir.path(), {"LD_LIBRARY_PATH=/none:"}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->looked_at, Contains(dir / "libc.so.6"));
}

TEST(LoadedLibraries, ArePreloadedOnesToo) {
  const TempDir dir;
  compile(dir / "x.so", "int x;\n", "-shared -fPIC");
  const auto libraries = loaded_libraries(k_program, {"/", {"LD_PRELOAD=" + (dir / "x.so")}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->paths, Contains(dir / "x.so"));
}

TEST(LoadedLibraries, ReportsSearchedPlaces) {
  const TempDir dir;
  const auto libraries =
      loaded_libraries(k_program, {"/", {"LD_LIBRARY_PATH=/none:" + dir.path()}});
  ASSERT_TRUE(is_ok(libraries));
  for (const std::string& place :
       {std::string("/none"), dir.path(), dir / "libc.so.6", std::string("/etc/ld.so.cache")})
    EXPECT_THAT(libraries->looked_at, Contains(place));
}

// What PT_INTERP names is run, whatever it is.
TEST(LoadedLibraries, KillsHungLinker) {
  const TempDir dir;
  install_loader(dir, "echo $$ >" + (dir / "pid") + "\nwhile :; do :; done");
  EXPECT_TRUE(is_error(loaded_libraries(dir / "program", {"/", {}}, std::chrono::milliseconds(100)),
                       ErrorKind::unsupported, "program: the dynamic linker does not answer"));
  if (fs::exists(dir / "pid")) { // it may not have come so far
    const int pid = std::atoi(slurp(dir / "pid").c_str());
    EXPECT_TRUE(pid == 0 || ::kill(pid, 0) != 0) << "it still runs";
  }
}

TEST(LoadedLibraries, KillsLinkerWithEndlessOutput) {
  const TempDir dir;
  install_loader(dir, "while echo 0123456789012345678901234567890123456789; do :; done");
  EXPECT_TRUE(
      is_error(loaded_libraries(dir / "program", {"/", {}}), ErrorKind::unsupported, "refuses it"));
}

TEST(LoadedLibraries, AProgramWhoseLibraryIsMissingWouldNotStart) {
  const TempDir dir;
  std::string bytes = slurp(k_program);
  const auto at = bytes.find(std::string("libc.so.6") + '\0');
  ASSERT_NE(at, std::string::npos);
  bytes[at + 3] = 'X';
  EXPECT_TRUE(
      is_error(loaded_libraries(dir.file("program", bytes), {"/", {}}), ErrorKind::unsupported));
}

TEST(LoadedLibraries, AnElfFileWithoutInterpreterHasNone) {
  const TempDir dir;
  ElfBuilder elf;
  elf.add(".text", to_bytes("code"));
  elf.write(dir / "static");
  const auto libraries = loaded_libraries(dir / "static", {"/", {}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_TRUE(libraries->paths.empty());
}

TEST(LoadedLibraries, RefusesNonElfFiles) {
  const TempDir dir;
  EXPECT_TRUE(is_error(loaded_libraries(dir.file("script", "#!/bin/sh\ntrue\n"), {"/", {}}),
                       ErrorKind::malformed, "not an ELF program"));
  EXPECT_TRUE(is_error(loaded_libraries(dir.file("empty", ""), {"/", {}}), ErrorKind::malformed));
  EXPECT_TRUE(is_error(loaded_libraries(dir / "none", {"/", {}}), ErrorKind::not_found));
}

TEST(LoadedLibraries, NoneIfLinkerHidesItsSearch) {
  const TempDir dir;
  install_loader(dir, "");
  compile(dir / "l", "#include <stdio.h>\nint main(void) { puts(\"\\tx => /lib/x (0x1)\"); }\n",
          "-static"); // so that nothing else speaks
  const auto libraries = loaded_libraries(dir / "program", {"/", {}});
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(libraries->paths, testing::ElementsAre("/lib/x"));
  EXPECT_TRUE(libraries->looked_at.empty());
}

} // namespace
} // namespace kbtf::test
