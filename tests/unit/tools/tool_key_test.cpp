// SPDX-License-Identifier: GPL-2.0-only
// What moves the tool key and what must not: content and flags do, names of modules and the
// number of jobs do not.
#include "tests/unit/tools/tool_key_case.hpp"

#include <chrono>
#include <gmock/gmock.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Field;

TEST_F(ToolKeyTest, StaysWhileNothingChanges) {
  EXPECT_FALSE(moves([] {}));
}

TEST_F(ToolKeyTest, MovesWithEachToolsContent) {
  for (const char* tool : {"bin/pahole", "bin/objcopy", "tree/resolve_btfids"})
    EXPECT_TRUE(moves([&] { append(tool); })) << tool;
}

TEST_F(ToolKeyTest, DoesNotMoveWithTimeAlone) {
  EXPECT_FALSE(moves([&] {
    fs::last_write_time(dir / "bin/pahole", fs::file_time_type{});
    const std::string same = slurp(dir / "bin/objcopy");
    fs::remove(dir / "bin/objcopy");
    put("bin/objcopy", same);
  }));
}

TEST_F(ToolKeyTest, MovesWithAFlag) {
  EXPECT_TRUE(moves([&] { spec.command.insert(spec.command.find(" -J"), " --btf_gen_floats"); }));
}

TEST_F(ToolKeyTest, MovesWithAFlagThatAScriptTakesFromTheEnvironment) {
  EXPECT_TRUE(moves([&] { spec.script_flags = "--distill_base"; }));
  EXPECT_TRUE(moves([&] { spec.script_flags += " --btf_features=all"; }));
  EXPECT_FALSE(moves([&] { spec.script_flags += " -j4"; }));
}

TEST_F(ToolKeyTest, DoesNotMoveWithTheNumberOfJobsOrTheModule) {
  EXPECT_FALSE(moves([&] { spec.command.insert(spec.command.find(" -J"), " -j8"); }));
  EXPECT_FALSE(moves([&] { spec.command.replace(spec.command.find("-j8"), 3, "-j16"); }));
  EXPECT_FALSE(moves([&] {
    for (std::size_t at; (at = spec.command.find("net/a.ko")) != std::string::npos;)
      spec.command.replace(at, 8, "fs/b.ko");
    spec.target = "fs/b.ko";
  }));
}

TEST_F(ToolKeyTest, MovesWithALibrary) {
  std::string libc;
  for (const auto& input : key().inputs)
    if (input.name.ends_with("/libc.so.6"))
      libc = input.name;
  ASSERT_FALSE(libc.empty());
  fs::copy_file(libc, dir / "lib/libc.so.6");
  spec.around.library_path = dir / "lib";
  EXPECT_TRUE(has_input(dir / "lib/libc.so.6"));
  EXPECT_TRUE(moves([&] { append("lib/libc.so.6"); }));
}

TEST_F(ToolKeyTest, NamesItsInputs) {
  const auto inputs = key().inputs;
  ASSERT_FALSE(inputs.empty());
  EXPECT_EQ(inputs[0].name, "command");
  EXPECT_EQ(inputs[0].value, "LLVM_OBJCOPY=\"objcopy\" pahole -J --btf_base "
                             "vmlinux @; ./resolve_btfids -b vmlinux @;");
  EXPECT_THAT(inputs, Contains(Field(&ToolInput::name, dir / "bin/pahole")));
  EXPECT_THAT(inputs, Contains(Field(&ToolInput::value, hash_text(fake_pahole()).hex())));
}

TEST_F(ToolKeyTest, FindsToolsAsTheShellWould) {
  put("bin2/pahole", "not reached");
  fs::create_directory(dir / "bin/late");
  fs::create_directory(dir / "bin2/late");
  EXPECT_FALSE(has_input(dir / "bin2/pahole"));
  fs::permissions(dir / "bin/pahole", fs::perms::owner_read); // not executable: passed over
  put("bin2/pahole", fake_pahole());
  EXPECT_TRUE(has_input(dir / "bin2/pahole"));
  EXPECT_FALSE(has_input(dir / "bin/pahole"));
  put("tree/pahole", fake_pahole());
  spec.around.path = "/usr/bin/none:"; // the current directory
  spec.tools = {"pahole"};
  spec.command = "pahole -J --btf_base vmlinux --btf_encode_detached=x net/a.ko";
  EXPECT_TRUE(has_input((dir / "tree") + "/./pahole"));
  spec.around.path = "~/bin:" + (dir / "bin2");
  EXPECT_TRUE(refuses("PATH has ~/bin"));
}

TEST_F(ToolKeyTest, MissingToolIsNotFound) {
  spec.around.path = (dir / "bin") + ":" + (dir / "bin2"); // not the system's
  fs::remove(dir / "bin/pahole");
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found, "pahole: not found"));
  fs::create_directory(dir / "bin/pahole"); // a directory is no program
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found));
}

TEST_F(ToolKeyTest, ToolMayCarryArgumentsOrBeEmpty) {
  set_pahole("pahole --lang_exclude=rust");
  spec.tools[1] = "";
  spec.command.erase(spec.command.find("./resolve"));
  EXPECT_TRUE(has_input(dir / "bin/pahole"));
  EXPECT_FALSE(has_input(dir / "tree/resolve_btfids"));
}

TEST_F(ToolKeyTest, FilesThatTheCommandNamesCount) {
  spill(dir / "tree/scripts/gen-btf.sh", "${PAHOLE} -J \"$1\"\n"); // run by sh, not executable
  spec.command = "sh scripts/gen-btf.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(
      moves([&] { spill(dir / "tree/scripts/gen-btf.sh", "${PAHOLE} -J \"$1\" # as ever\n"); }));
}

// It is no file that the command names, even where another has the name that bases mostly have.
TEST_F(ToolKeyTest, BaseNameDoesNotCount) {
  spec.base = "./vmlinux.unstripped";
  for (std::size_t at; (at = spec.command.find(" vmlinux")) != std::string::npos;)
    spec.command.replace(at, 8, " " + spec.base);
  spill(dir / "tree/vmlinux.unstripped", "1");
  spill(dir / "tree/vmlinux", "1");
  EXPECT_FALSE(moves([&] {
    spill(dir / "tree/vmlinux.unstripped", "22");
    spill(dir / "tree/vmlinux", "22");
  }));
}

TEST_F(ToolKeyTest, BaseAndModuleDoNotCount) {
  fs::create_directory(dir / "tree/net");
  spill(dir / "tree/net/a.ko", "module");
  spill(dir / "tree/vmlinux", "base");
  spec.base = "./vmlinux";
  spec.command = "LLVM_OBJCOPY=objcopy pahole -J --btf_base ./vmlinux net/a.ko";
  EXPECT_FALSE(moves([&] {
    append("tree/net/a.ko");
    append("tree/vmlinux");
  }));
}

TEST_F(ToolKeyTest, ArgumentsOfAToolCountWhereTheCommandDoesNotShowThem) {
  spill(dir / "tree/gen-btf.sh", "${PAHOLE} -J \"$1\"\n");
  spec.command = "sh gen-btf.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(moves([&] { spec.tools[0] += " --skip_encoding_btf_vars"; }));
}

// Both count, though the same launcher stands in front.
TEST_F(ToolKeyTest, ArgumentsOfTwoToolsAreToldApart) {
  spill(dir / "tree/gen-btf.sh", "${PAHOLE} -J \"$1\"; ${OBJCOPY} \"$1\"\n");
  spec.command = "sh gen-btf.sh --btf_base vmlinux net/a.ko";
  spec.tools = {"env pahole", "", "env objcopy"};
  EXPECT_TRUE(moves([&] { spec.tools[2] += " -R .comment"; }));
  EXPECT_TRUE(has_input("arguments of PAHOLE"));
  EXPECT_TRUE(has_input("arguments of OBJCOPY"));
  EXPECT_TRUE(moves([&] { spec.tools[2] = "env objcopy '-R .comment'"; }));
}

TEST_F(ToolKeyTest, VariablesThatTheCommandReadsCount) {
  spec.command.replace(spec.command.find("-J"), 2, "-J $MORE");
  EXPECT_TRUE(moves([&] { spec.around.environment = {"MORE=--x"}; }));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"MORE=--y --z=" + (dir / "list")}; }));
  EXPECT_TRUE(moves([&] { spill(dir / "list", "1"); }));
  EXPECT_THAT(key().environment, testing::Contains("MORE=--y --z=" + (dir / "list")));
  spec.around.environment = {"MORE=/etc/*"};
  EXPECT_TRUE(refuses("cmd_btf_ko reads $MORE, which may stand for files"));
  set_pahole("env MORE=--x pahole"); // is no script
  spec.around.environment = {};
  EXPECT_TRUE(key().key.is_known());
}

TEST_F(ToolKeyTest, KnowsTimesOfLinks) {
  constexpr std::int64_t k_later = 4'000'000'000'000'000'000;
  EXPECT_LT(key().newest_link_ns, k_later);
  fs::rename(dir / "bin/pahole", dir / "bin/pahole-1");
  fs::create_symlink("pahole-1", dir / "bin/pahole");
  set_link_time(dir / "bin/pahole", k_later);
  EXPECT_EQ(key().newest_link_ns, k_later);
}

TEST_F(ToolKeyTest, EnvironmentReadByToolsCounts) {
  EXPECT_TRUE(moves([&] { spec.around.environment = {"GNUTARGET=elf64-little"}; }));
  EXPECT_FALSE(moves([&] { spec.around.environment.emplace_back("TMPDIR=/x"); }));
  EXPECT_FALSE(moves([&] { spec.around.environment.emplace_back("LD_DEBUG=all"); }));
  spec.around.environment = {"LD_AUDIT=/x.so"};
  EXPECT_TRUE(refuses("LD_AUDIT"));
}

TEST_F(ToolKeyTest, APreloadedLibraryCountsAndFakerootDoesNot) {
  compile(dir / "lib/other.so", "int other;\n", "-shared -fPIC");
  compile(dir / "lib/libfakeroot-x.so", "int fake;\n", "-shared -fPIC");
  EXPECT_TRUE(moves([&] { spec.around.environment = {"LD_PRELOAD=" + (dir / "lib/other.so")}; }));
  EXPECT_TRUE(has_input(dir / "lib/other.so"));
  EXPECT_TRUE(moves([&] { append("lib/other.so"); }));
  spec.around.environment.clear();
  EXPECT_FALSE(
      moves([&] { spec.around.environment = {"LD_PRELOAD=" + (dir / "lib/libfakeroot-x.so")}; }));
}

TEST_F(ToolKeyTest, AFunctionOfTheEnvironmentIsRefused) {
  spec.around.environment = {"BASH_FUNC_module%%=() { :; }"};
  EXPECT_TRUE(is_ok(tool_key(spec, hashes)));
  for (const char* name : {"BASH_FUNC_pahole%%=() { x; }", "BASH_FUNC_objcopy()=() { x; }"}) {
    spec.around.environment = {name};
    EXPECT_TRUE(refuses("is a function of the environment")) << name;
  }
}

TEST_F(ToolKeyTest, AVariableWithOtherBytesThanUtf8IsRefused) {
  put("bin2/real", fake_pahole());
  script("bin/pahole", "exec real $EXTRA \"$@\"");
  spec.around.environment = {"EXTRA=\xEF\xBF\xBD"};
  EXPECT_TRUE(refuses("variable EXTRA is not UTF-8"));
}

// The rest of the environment never reaches the disk, and the key can be made again from what does.
TEST_F(ToolKeyTest, KeepsOnlyDecidingVariables) {
  put("bin2/real", fake_pahole());
  script("bin/pahole", "exec real $EXTRA \"$@\"");
  spec.around.environment = {"SECRET=x",
                             "EXTRA=--x",
                             "objtree=.",
                             "GNUTARGET=a",
                             "PAHOLE_FLAGS=-J",
                             "PATH=/x",
                             "LD_PRELOAD=libfakeroot.so",
                             "GLIBC_TUNABLES=y"};
  const auto full = key();
  EXPECT_THAT(full.environment, testing::UnorderedElementsAre("EXTRA=--x", "objtree=.",
                                                              "GNUTARGET=a", "GLIBC_TUNABLES=y"));
  spec.around.environment = full.environment;
  EXPECT_EQ(key().key, full.key);
  EXPECT_EQ(key().environment, full.environment);
}

// A step reads the tools after the plan did: were they still the same?
TEST_F(ToolKeyTest, RemembersFilesToCheckAgain) {
  const auto files = key().files;
  for (const char* tool : {"/bin/pahole", "/bin/objcopy", "/resolve_btfids"})
    EXPECT_THAT(files, Contains(Field(&ToolFile::path, testing::EndsWith(tool))));
  EXPECT_THAT(files, Contains(Field(&ToolFile::path, testing::EndsWith("/libc.so.6"))));
  EXPECT_TRUE(are_unchanged({}));
  EXPECT_TRUE(are_unchanged({{"/proc/self/exe", *stamp_of("/proc/self/exe")}}));
  append("bin/objcopy");
  EXPECT_FALSE(are_unchanged(files));
  fs::remove(dir / "bin/objcopy");
  EXPECT_FALSE(are_unchanged(files));
  EXPECT_TRUE(are_unchanged({{dir / "bin/objcopy", FileStamp{}}})) << "still missing";
}

// Its stamp does not tell yet whether it was written once more.
TEST_F(ToolKeyTest, JustWrittenToolIsNotUnchanged) {
  using Clock = std::chrono::steady_clock;
  for (int tries = 0; tries < 100; ++tries) {
    const auto begin = Clock::now();
    put("bin/pahole", fake_pahole());
    const std::vector<ToolFile> files = {{dir / "bin/pahole", *stamp_of(dir / "bin/pahole")}};
    const bool same = are_unchanged(files);
    if (Clock::now() - begin > std::chrono::milliseconds(30))
      continue; // held up: the stamp may have come of age meanwhile
    EXPECT_FALSE(same);
    return;
  }
  GTEST_SKIP() << "the machine is too busy for this test";
}

} // namespace
} // namespace kbtf::test
