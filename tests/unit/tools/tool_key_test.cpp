// SPDX-License-Identifier: GPL-2.0-only
// What moves the tool key and what must not: content and flags do, names of modules and the
// number of jobs do not.
#include "daemon/tools/tool_key.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Field;

class ToolKeyTest : public testing::Test {
protected:
  ToolKeyTest() {
    for (const char* sub : {"bin", "bin2", "tree", "tree/scripts", "lib"})
      fs::create_directory(dir / sub);
    install("bin/pahole", slurp("/bin/true"));
    install("bin/objcopy", slurp("/bin/false"));
    install("tree/resolve_btfids", slurp("/bin/true") + "2");
    spec.cwd = dir / "tree";
    spec.target = "net/a.ko";
    spec.base = "vmlinux";
    spec.command = "pahole -J --btf_base vmlinux net/a.ko; ./resolve_btfids -b vmlinux net/a.ko;";
    spec.tools = {"pahole", "./resolve_btfids", "objcopy"};
    spec.path = (dir / "bin") + ":" + (dir / "bin2");
  }

  void install(const std::string& name, const std::string& content) {
    spill(dir / name, content);
    fs::permissions(dir / name, fs::perms::owner_all);
  }
  void script(const std::string& name, const std::string& text) {
    install(name, "#!/bin/sh\n" + text + "\n");
  }
  void append(const std::string& name) { std::ofstream(dir / name, std::ios::app) << "x"; }

  ToolKey key() {
    auto result = tool_key(spec, hashes);
    EXPECT_TRUE(is_ok(result));
    return result ? *result : ToolKey{};
  }
  // True if `change` moves the key.
  template <typename Change> bool moves(Change change) {
    const ContentHash before = key().key;
    EXPECT_TRUE(before.is_known());
    change();
    return key().key != before;
  }
  bool has_input(const std::string& name) {
    const auto inputs = key().inputs;
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const ToolInput& input) { return input.name == name; });
  }

  TempDir dir;
  FileHashes hashes;
  ToolSpec spec;
};

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
    install("bin/objcopy", same);
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
  spec.library_path = dir / "lib";
  EXPECT_TRUE(has_input(dir / "lib/libc.so.6"));
  EXPECT_TRUE(moves([&] { append("lib/libc.so.6"); }));
}

TEST_F(ToolKeyTest, NamesItsInputs) {
  const auto inputs = key().inputs;
  ASSERT_FALSE(inputs.empty());
  EXPECT_EQ(inputs[0].name, "command");
  EXPECT_EQ(inputs[0].value, "pahole -J --btf_base vmlinux @; ./resolve_btfids -b vmlinux @;");
  EXPECT_THAT(inputs, Contains(Field(&ToolInput::name, dir / "bin/pahole")));
  EXPECT_THAT(inputs,
              Contains(Field(&ToolInput::value, hash_text(slurp(dir / "bin/pahole")).hex())));
}

TEST_F(ToolKeyTest, FindsToolsAsTheShellWould) {
  install("bin2/pahole", "not reached");
  fs::create_directory(dir / "bin/late");
  fs::create_directory(dir / "bin2/late");
  EXPECT_FALSE(has_input(dir / "bin2/pahole"));
  fs::permissions(dir / "bin/pahole", fs::perms::owner_read); // not executable: passed over
  install("bin2/pahole", slurp("/bin/true"));
  EXPECT_TRUE(has_input(dir / "bin2/pahole"));
  EXPECT_FALSE(has_input(dir / "bin/pahole"));
}

TEST_F(ToolKeyTest, MissingToolIsNotFound) {
  fs::remove(dir / "bin/pahole");
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found, "pahole: not found"));
  fs::create_directory(dir / "bin/pahole"); // a directory is no program
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found));
}

TEST_F(ToolKeyTest, ToolMayCarryArgumentsOrBeEmpty) {
  spec.tools = {"pahole --lang_exclude=rust", ""};
  EXPECT_TRUE(has_input(dir / "bin/pahole"));
}

TEST_F(ToolKeyTest, FilesThatTheCommandNamesCount) {
  spill(dir / "tree/scripts/gen-btf.sh", "pahole -J \"$1\"\n"); // run by sh, not executable
  spec.command = "sh scripts/gen-btf.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(moves([&] { append("tree/scripts/gen-btf.sh"); }));
}

TEST_F(ToolKeyTest, BaseAndModuleDoNotCount) {
  fs::create_directory(dir / "tree/net");
  spill(dir / "tree/net/a.ko", "module");
  spill(dir / "tree/vmlinux", "base");
  spec.base = "./vmlinux";
  spec.command = "pahole -J --btf_base ./vmlinux net/a.ko";
  EXPECT_FALSE(moves([&] {
    append("tree/net/a.ko");
    append("tree/vmlinux");
  }));
}

TEST_F(ToolKeyTest, ArgumentsOfAToolCountWhereTheCommandDoesNotShowThem) {
  spec.command = "sh gen-btf.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(moves([&] { spec.tools[0] += " --skip_encoding_btf_vars"; }));
}

TEST_F(ToolKeyTest, AWrapperDoesNotHideItsProgram) {
  install("bin2/real-pahole", slurp("/bin/true"));
  script("bin/pahole", "exec " + (dir / "bin2/real-pahole") + " \"$@\"");
  EXPECT_TRUE(moves([&] { append("bin2/real-pahole"); }));
  EXPECT_TRUE(moves([&] { append("bin/pahole"); }));
}

// As ccache's and distcc's: the wrapper takes itself out of PATH.
TEST_F(ToolKeyTest, AWrapperOfTheSameNameDoesNotHideTheNextOne) {
  install("bin2/pahole", slurp("/bin/true"));
  script("bin/pahole", "PATH=${PATH#*:} exec pahole \"$@\"");
  EXPECT_TRUE(moves([&] { append("bin2/pahole"); }));
}

TEST_F(ToolKeyTest, AWrapperWithAComputedPathIsRefused) {
  for (const char* text :
       {"exec \"$(dirname \"$0\")/pahole.real\" \"$@\"", "exec $OPT/pahole \"$@\""}) {
    script("bin/pahole", text);
    EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::unsupported, "bin/pahole")) << text;
  }
}

TEST_F(ToolKeyTest, AWrapperMayNameAProgramInBin) {
  script("bin/pahole", "exec /bin/true \"$@\"");
  EXPECT_TRUE(has_input("/bin/true"));
}

TEST_F(ToolKeyTest, ShellsAreNoTools) {
  script("bin/pahole", "exec /bin/sh -c true # or /usr/bin/env bash");
  EXPECT_FALSE(has_input("/bin/sh"));
  EXPECT_FALSE(has_input("/usr/bin/env"));
}

TEST_F(ToolKeyTest, WrappersMayNestOnlySoFar) {
  install("bin2/real", slurp("/bin/true"));
  script("bin2/c", "exec " + (dir / "bin2/real"));
  script("bin2/b", "exec " + (dir / "bin2/c"));
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  EXPECT_TRUE(moves([&] { append("bin2/real"); }));
  script("bin2/d", "exec " + (dir / "bin2/real"));
  script("bin2/c", "exec " + (dir / "bin2/d"));
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::unsupported, "bin2/d"));
}

TEST_F(ToolKeyTest, WrappersMayNameEachOther) {
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  script("bin2/b", "exec " + (dir / "bin/pahole"));
  EXPECT_TRUE(has_input(dir / "bin2/b"));
}

// A step reads the tools after the plan did: were they still the same?
TEST_F(ToolKeyTest, FilesAreRememberedToBeLookedAtAgain) {
  const auto files = key().files;
  for (const char* tool : {"/bin/pahole", "/bin/objcopy", "/resolve_btfids"})
    EXPECT_THAT(files, Contains(Field(&ToolFile::path, testing::EndsWith(tool))));
  EXPECT_THAT(files, Contains(Field(&ToolFile::path, testing::EndsWith("/libc.so.6"))));
  EXPECT_TRUE(are_unchanged(files));
  append("bin/objcopy");
  EXPECT_FALSE(are_unchanged(files));
  const auto fresh = key().files;
  EXPECT_TRUE(are_unchanged(fresh));
  fs::remove(dir / "bin/objcopy");
  EXPECT_FALSE(are_unchanged(fresh));
  EXPECT_TRUE(are_unchanged({}));
}

} // namespace
} // namespace kbtf::test
