// SPDX-License-Identifier: GPL-2.0-only
// The real tools are what they are; what only takes their place is not.
#include "daemon/tools/program_look.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

ProgramLook look(const std::string& path) {
  const auto result = look_at_program(path);
  EXPECT_TRUE(is_ok(result));
  return result ? *result : ProgramLook{};
}

std::string why_not(const std::string& path, ToolKind kind) {
  return why_no_tool(look(path), kind);
}

// Those of this system. KBTF_TEST_ROOTS names directories with other systems below them, by colons.
TEST(ProgramLook, RealToolsAreTools) {
  struct Tool {
    const char* path;
    ToolKind kind;
  };
  const Tool tools[] = {
      {"/usr/bin/pahole", ToolKind::pahole},        {"/usr/bin/objcopy", ToolKind::objcopy},
      {"/usr/bin/llvm-objcopy", ToolKind::objcopy}, {"/usr/bin/ld.bfd", ToolKind::linker},
      {"/usr/bin/ld.gold", ToolKind::linker},       {"/usr/bin/ld.lld", ToolKind::linker},
      {"/usr/bin/mold", ToolKind::linker},          {"/usr/bin/env", ToolKind::launcher},
      {"/usr/bin/nice", ToolKind::launcher},        {"/usr/bin/ionice", ToolKind::launcher},
      {"/usr/bin/chrt", ToolKind::launcher},        {"/usr/bin/taskset", ToolKind::launcher},
      {"/usr/bin/time", ToolKind::launcher},        {"/usr/bin/timeout", ToolKind::launcher}};
  std::vector<std::string> roots = {""};
  if (const char* more = std::getenv("KBTF_TEST_ROOTS")) {
    std::istringstream list(more);
    for (std::string root; std::getline(list, root, ':');)
      roots.push_back(root);
  }
  std::size_t seen = 0;
  for (const auto& root : roots)
    for (const auto& tool : tools)
      if (fs::exists(root + tool.path)) {
        EXPECT_EQ(why_not(root + tool.path, tool.kind), "") << root << tool.path;
        ++seen;
      }
  EXPECT_GE(seen, 4U) << "pahole, objcopy, ld and env are on every system that builds kernels";
}

TEST(ProgramLook, OtherProgramsAreNotTools) {
  for (const auto kind :
       {ToolKind::pahole, ToolKind::resolve_btfids, ToolKind::objcopy, ToolKind::linker})
    EXPECT_EQ(why_not("/bin/true", kind), std::string("is not ") + to_string(kind));
  EXPECT_EQ(why_not("/usr/bin/pahole", ToolKind::linker), "is not a linker");
  EXPECT_EQ(why_not("/usr/bin/objcopy", ToolKind::launcher), "is not a known launcher");
}

TEST(ProgramLook, LauncherIsNotATool) {
  const TempDir dir;
  const std::string path = dir / "pahole";
  compile(path, "#include <unistd.h>\n"
                "int main(int c, char** v) { (void)c; return execv(\"/usr/bin/pahole\", v); }\n");
  for (const auto kind : {ToolKind::pahole, ToolKind::objcopy, ToolKind::linker})
    EXPECT_EQ(why_not(path, kind), "starts other programs (execv), and which cannot be told");
  // Not even one that knows pahole's options.
  spill(path, slurp(path) + fake_pahole());
  EXPECT_THAT(why_not(path, ToolKind::pahole), HasSubstr("(execv)"));
}

TEST(ProgramLook, EachWayToStartAProgramCounts) {
  const TempDir dir;
  for (const char* call :
       {"execl(\"/x\", \"x\", (char*)0)", "execlp(\"x\", \"x\", (char*)0)", "execvp(\"x\", v)",
        "execve(\"/x\", v, 0)", "fexecve(3, v, 0)", "fork()", "vfork()", "popen(\"x\", \"r\") != 0",
        "system(\"x\")", "posix_spawn(&p, \"/x\", 0, 0, v, 0)",
        "posix_spawnp(&p, \"x\", 0, 0, v, 0)"}) {
    compile(dir / "p",
            "#define _GNU_SOURCE\n#include <spawn.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
            "#include <unistd.h>\nint main(int c, char** v) { pid_t p = c; (void)p; return " +
                std::string(call) + "; }\n",
            "-w");
    EXPECT_THAT(why_not(dir / "p", ToolKind::pahole), HasSubstr("starts other programs")) << call;
  }
}

// pahole's encoder has to run objcopy, by the one function or by the other.
TEST(ProgramLook, PaholeMayRunObjcopy) {
  const TempDir dir;
  for (const char* call : {"system(\"x\")", "posix_spawnp(&p, \"x\", 0, 0, v, 0)"}) {
    compile(dir / "p",
            "#include <spawn.h>\n#include <stdlib.h>\n"
            "int main(int c, char** v) { pid_t p = c; (void)p; return " +
                std::string(call) + "; }\n",
            "-w");
    spill(dir / "p", slurp(dir / "p") + fake_pahole());
    EXPECT_THAT(why_not(dir / "p", ToolKind::pahole), HasSubstr("starts other programs")) << call;
    spill(dir / "p", slurp(dir / "p") + "LLVM_OBJCOPY");
    EXPECT_EQ(why_not(dir / "p", ToolKind::pahole), "") << call;
  }
}

TEST(ProgramLook, FakesOfTheTestsPass) {
  const TempDir dir;
  EXPECT_EQ(why_not(dir.file("a", fake_pahole()), ToolKind::pahole), "");
  EXPECT_EQ(why_not(dir.file("b", fake_resolve_btfids()), ToolKind::resolve_btfids), "");
  EXPECT_EQ(why_not(dir.file("c", fake_objcopy()), ToolKind::objcopy), "");
  EXPECT_EQ(why_not(dir.file("d", fake_linker()), ToolKind::linker), "");
}

TEST(ProgramLook, TextsAreFoundWhereverTheyLie) {
  const TempDir dir;
  const std::string begin = slurp("/bin/true");
  const std::string texts = fake_linker().substr(begin.size());
  constexpr std::size_t k_piece = 1 << 20;
  for (std::size_t across = 0; across <= texts.size(); across += 3) {
    const std::string padding(k_piece - begin.size() - across, '.');
    const std::string path = dir.file("ld", begin + padding + texts);
    EXPECT_EQ(why_not(path, ToolKind::linker), "") << across;
  }
}

TEST(ProgramLook, ScriptsAndOtherFiles) {
  const TempDir dir;
  const auto script = look(dir.file("a", "#!/bin/sh -e\nexec pahole\n"));
  EXPECT_EQ(script.format, ProgramLook::Format::script);
  EXPECT_EQ(script.interpreter, "/bin/sh -e");
  EXPECT_EQ(look(dir.file("b", "#!/bin/sh")).interpreter, "/bin/sh");
  EXPECT_EQ(look(dir.file("c", "pahole \"$@\"\n")).format, ProgramLook::Format::other);
  EXPECT_EQ(look(dir.file("d", "")).format, ProgramLook::Format::other);
  EXPECT_TRUE(is_error(look_at_program(dir / "none"), ErrorKind::not_found));
}

TEST(ProgramLook, DamagedElfIsAnError) {
  const TempDir dir;
  const std::string whole = fake_pahole();
  std::size_t errors = 0;
  for (std::size_t size = 4; size < 2000; size += 37)
    errors += look_at_program(dir.file("p", whole.substr(0, size))) ? 0U : 1U;
  EXPECT_GT(errors, 0U);
}

} // namespace
} // namespace kbtf::test
