// SPDX-License-Identifier: GPL-2.0-only
// The dynamic linker's own answer for real programs, and files for which it has none.
#include "daemon/tools/loaded_libraries.hpp"

#include "tests/unit/elf_builder.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

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
  const auto libraries = loaded_libraries(program, "");
  if (libraries)
    for (const auto& library : *libraries)
      if (library.ends_with("/libc.so.6"))
        return library;
  ADD_FAILURE() << program << " loads no libc.so.6";
  return {};
}

TEST(LoadedLibraries, AreThoseOfTheProgram) {
  const auto libraries = loaded_libraries(fs::read_symlink("/proc/self/exe"), "");
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(*libraries, Contains(EndsWith("/libelf.so.1")));
  EXPECT_THAT(*libraries, Contains(EndsWith("/libc.so.6")));
  EXPECT_THAT(*libraries, Contains(testing::HasSubstr("/ld-linux"))); // it decides, too
}

TEST(LoadedLibraries, AreAbsolutePathsOfFiles) {
  const auto libraries = loaded_libraries(k_program, "");
  ASSERT_TRUE(is_ok(libraries));
  ASSERT_FALSE(libraries->empty());
  for (const auto& library : *libraries)
    EXPECT_TRUE(library.starts_with('/') && fs::is_regular_file(library)) << library;
  EXPECT_THAT(*libraries, Not(Contains(EndsWith("/libelf.so.1"))));
}

TEST(LoadedLibraries, AreSearchedAlongTheLibraryPath) {
  const TempDir dir;
  const std::string usual = libc_of(k_program);
  fs::copy_file(usual, dir / "libc.so.6");
  const auto libraries = loaded_libraries(k_program, "/none:" + dir.path());
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(*libraries, Contains(dir / "libc.so.6"));
  EXPECT_THAT(*libraries, Not(Contains(usual)));
}

TEST(LoadedLibraries, OnlyTheGivenLibraryPathCounts) {
  const TempDir dir;
  const std::string usual = libc_of(k_program);
  fs::copy_file(usual, dir / "libc.so.6");
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", dir.path().c_str(), 1), 0);
  const auto libraries = loaded_libraries(k_program, "");
  ::unsetenv("LD_LIBRARY_PATH");
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_THAT(*libraries, Contains(usual));
}

TEST(LoadedLibraries, AProgramWhoseLibraryIsMissingWouldNotStart) {
  const TempDir dir;
  std::string bytes = slurp(k_program);
  const auto at = bytes.find(std::string("libc.so.6") + '\0');
  ASSERT_NE(at, std::string::npos);
  bytes[at + 3] = 'X';
  EXPECT_TRUE(is_error(loaded_libraries(dir.file("program", bytes), ""), ErrorKind::unsupported));
}

TEST(LoadedLibraries, AnElfFileWithoutInterpreterHasNone) {
  const TempDir dir;
  ElfBuilder elf;
  elf.add(".text", to_bytes("code"));
  elf.write(dir / "static");
  const auto libraries = loaded_libraries(dir / "static", "");
  ASSERT_TRUE(is_ok(libraries));
  EXPECT_TRUE(libraries->empty());
}

TEST(LoadedLibraries, AreNotToBeHadOfAnythingElse) {
  const TempDir dir;
  EXPECT_TRUE(is_error(loaded_libraries(dir.file("script", "#!/bin/sh\ntrue\n"), ""),
                       ErrorKind::malformed, "not an ELF program"));
  EXPECT_TRUE(is_error(loaded_libraries(dir.file("empty", ""), ""), ErrorKind::malformed));
  EXPECT_TRUE(is_error(loaded_libraries(dir / "none", ""), ErrorKind::not_found));
}

} // namespace
} // namespace kbtf::test
