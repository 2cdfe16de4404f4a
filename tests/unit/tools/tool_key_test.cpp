// SPDX-License-Identifier: GPL-2.0-only
// What moves the tool key and what must not: content and flags do, names of modules and the
// number of jobs do not; and what is refused because it may hide another program.
#include "daemon/tools/tool_key.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

class ToolKeyTest : public testing::Test {
protected:
  ToolKeyTest() {
    for (const char* sub : {"bin", "bin2", "tree", "tree/scripts", "lib"})
      fs::create_directory(dir / sub);
    put("bin/pahole", fake_pahole());
    put("bin/objcopy", fake_objcopy());
    put("tree/resolve_btfids", fake_resolve_btfids());
    spec.around.cwd = dir / "tree";
    spec.target = "net/a.ko";
    spec.base = "vmlinux";
    spec.command = k_command;
    spec.tools = {"pahole", "./resolve_btfids", "objcopy"};
    // The system's directories hold the launchers and utilities, and no pahole comes from there.
    spec.around.path = (dir / "bin") + ":" + (dir / "bin2") + ":/usr/bin:/bin";
  }

  void put(const std::string& name, const std::string& content) { install(dir / name, content); }
  void script(const std::string& name, const std::string& text) {
    put(name, "#!/bin/sh\n" + text + "\n");
  }
  // Kbuild's command with another $(PAHOLE).
  void set_pahole(const std::string& text) {
    spec.tools[0] = text;
    spec.command = k_command;
    spec.command.replace(spec.command.find("pahole"), 6, text);
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

  testing::AssertionResult refuses(const std::string& text) {
    return is_error(tool_key(spec, hashes), ErrorKind::unsupported, text);
  }

  static constexpr const char* k_command = "LLVM_OBJCOPY=\"objcopy\" pahole -J --btf_base vmlinux "
                                           "net/a.ko; ./resolve_btfids -b vmlinux net/a.ko;";
  TempDir dir;
  // For it every file has been there for a while: no waiting for stamps.
  FileHashes hashes{[] { return realtime_ns() + 10'000'000'000; }};
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

TEST_F(ToolKeyTest, LaunchersAndTheirCommandCount) {
  for (const char* text : {"env pahole", "nice -n1 pahole", "env A=1 nice pahole --x"}) {
    set_pahole(text);
    EXPECT_TRUE(has_input(dir / "bin/pahole")) << text;
    EXPECT_TRUE(moves([&] { append("bin/pahole"); })) << text;
  }
  EXPECT_TRUE(has_input("/usr/bin/env"));
  put("bin/nice", fake_pahole() + "coreutils");
  EXPECT_TRUE(has_input(dir / "bin/nice"));
}

TEST_F(ToolKeyTest, OtherLaunchersAreRefusedByName) {
  put("bin/ccache", fake_linker());
  const std::pair<const char*, const char*> tools[] = {
      {"ccache pahole", "bin/ccache: is not pahole"},
      {"sudo -n pahole", "sudo"},
      {"sh -c pahole", "sh: starts other programs"},
      {"A=1 pahole", "cannot tell what \"A=1 pahole\" runs"},
      {"pahole; rm x", "cannot tell what"},
      {"pahole $X", "cannot tell what"},
      {"env PATH=/x pahole", "\"env PATH=/x\""},
      {"(pahole)", "cannot tell what"}};
  put("bin/sudo", fake_linker());
  for (const auto& [tool, text] : tools) {
    set_pahole(tool);
    EXPECT_TRUE(refuses(text)) << tool;
  }
  script("bin/nice", "exec \"$@\"");
  set_pahole("nice pahole");
  EXPECT_TRUE(refuses("bin/nice: a script in a program's place"));
  put("bin/nice", slurp("/usr/bin/objcopy"));
  EXPECT_TRUE(refuses("bin/nice: is not a known launcher"));
}

TEST_F(ToolKeyTest, AProgramThatIsNotTheToolIsRefusedByName) {
  compile(dir / "bin/pahole", "#include <unistd.h>\nint main(int c, char** v) { (void)c; "
                              "return execv(\"/usr/bin/pahole\", v); }\n");
  EXPECT_TRUE(refuses("bin/pahole: starts other programs (execv)"));
  put("bin/pahole", slurp("/bin/true"));
  EXPECT_TRUE(refuses("bin/pahole: is not pahole"));
  put("bin/pahole", "pahole \"$@\"\n"); // a shell would run it as a script
  EXPECT_TRUE(refuses("bin/pahole: neither an ELF program nor a script"));
  put("bin/pahole", fake_pahole());
  put("bin/objcopy", fake_pahole());
  EXPECT_TRUE(refuses("bin/objcopy: is not objcopy"));
}

TEST_F(ToolKeyTest, AWrapperDoesNotHideItsProgram) {
  put("bin2/real-pahole", fake_pahole());
  for (const std::string& text :
       {"exec " + (dir / "bin2/real-pahole") + " \"$@\"", std::string("exec real-pahole \"$@\""),
        std::string("exec \"real-pahole\" \"$@\""), std::string("real-pahole \"$@\" || exit"),
        std::string("exec env A=1 real-pahole \"$@\""),
        std::string("set -e\nif [ \"$1\" = -J ]; then\n  nice real-pahole \"$@\"\nfi")}) {
    script("bin/pahole", text);
    EXPECT_TRUE(moves([&] { append("bin2/real-pahole"); })) << text;
    EXPECT_TRUE(moves([&] { script("bin/pahole", text + " # as ever"); })) << text;
  }
}

TEST_F(ToolKeyTest, AWrapperMayNameWhatIsNotThereYet) {
  put("bin2/real-pahole", fake_pahole());
  const std::string next = dir / "bin2/next-pahole";
  script("bin/pahole", "[ -x " + next + " ] && exec " + next + " \"$@\"\nexec real-pahole \"$@\"");
  const auto before = key();
  EXPECT_THAT(before.inputs, Contains(Field(&ToolInput::value, "missing")));
  EXPECT_THAT(before.files, Contains(Field(&ToolFile::path, next)));
  EXPECT_TRUE(moves([&] { put("bin2/next-pahole", fake_pahole() + "2"); }));
  EXPECT_FALSE(are_unchanged({{next, FileStamp{}}})) << "it has come";
  EXPECT_TRUE(moves([&] { fs::permissions(next, fs::perms::owner_read); })) << "-x";
  EXPECT_TRUE(moves([&] { fs::remove(next); }));
  script("bin/pahole", "exec no-such-pahole");
  EXPECT_TRUE(refuses("bin/pahole: cannot tell what \"no-such-pahole\" runs"));
}

TEST_F(ToolKeyTest, AWrapperThatIsNotUnderstoodIsRefusedByName) {
  const std::pair<const char*, const char*> forms[] = {
      {"exec \"$(command -v pahole)\" \"$@\"", "line 2: cannot tell what \"command -v\" runs"},
      {"D=/opt/x\nexec $D/p \"$@\"", "line 3: cannot tell what \"$D/p\" runs"},
      {"exec \"$(dirname \"$0\")/pahole.real\" \"$@\"", "line 2: cannot tell what"},
      {"exec \"${0%/*}/x\"", "line 2: cannot tell what"},
      {". /etc/pahole.conf\nexec pahole", "line 2: cannot tell what \". /etc/pahole.conf\" runs"},
      {"PATH=${PATH#*:} exec pahole \"$@\"", "line 2: sets PATH"},
      {"exec python3 -m pahole", "python3: starts other programs"},
      {"exec /bin/true \"$@\"", "/bin/true: is no tool"},
      {"F=$(cat /etc/flags); exec pahole $F", "cat: is no tool"},
      {"cat <<X\nX", "line 2: a here-document"},
      {"eval x", "line 2: cannot tell what \"eval\" runs"},
      {"no-such-thing x", "bin/pahole: cannot tell what \"no-such-thing\" runs"}};
  for (const auto& [text, why] : forms) {
    script("bin/pahole", text);
    const auto result = tool_key(spec, hashes);
    EXPECT_TRUE(is_error(result, ErrorKind::unsupported, why)) << text;
  }
  put("bin/pahole", "#!/usr/bin/python3\nimport os\n");
  EXPECT_TRUE(refuses("bin/pahole: a script for /usr/bin/python3, which kbtf does not read"));
  put("bin/pahole", "#!/usr/bin/env -S bash -e\nexec pahole\n");
  EXPECT_TRUE(refuses("bin/pahole: a script for /usr/bin/env -S bash -e"));
}

TEST_F(ToolKeyTest, TheShellOfAScriptCounts) {
  script("bin/pahole", "exec real \"$@\"");
  put("bin2/real", fake_pahole());
  EXPECT_TRUE(has_input("/bin/sh"));
  put("bin/pahole", "#!/usr/bin/env bash\nexec real \"$@\"\n");
  EXPECT_TRUE(has_input("/usr/bin/bash"));
  spec.around.environment = {"BASH_ENV=/etc/x"};
  EXPECT_TRUE(refuses("BASH_ENV is set"));
  script("bin/pahole", "exec real \"$@\"");
  EXPECT_TRUE(has_input("/bin/sh")) << "it is not read by sh";
}

TEST_F(ToolKeyTest, AFileThatAToolOrAWrapperIsGivenCounts) {
  put("bin2/real", fake_pahole());
  script("bin/pahole", "exec real --flags=" + (dir / "flags") + " \"$@\"");
  EXPECT_TRUE(moves([&] { spill(dir / "flags", "a"); })) << "comes";
  EXPECT_TRUE(moves([&] { spill(dir / "flags", "bb"); }));
  put("bin/pahole", fake_pahole());
  set_pahole("pahole --flags=" + (dir / "flags"));
  EXPECT_TRUE(moves([&] { spill(dir / "flags", "ccc"); }));
}

TEST_F(ToolKeyTest, VariablesThatAWrapperReadsCount) {
  put("bin2/real", fake_pahole());
  script("bin/pahole", "exec real $EXTRA \"$@\"");
  EXPECT_TRUE(moves([&] { spec.around.environment = {"EXTRA=--x"}; }));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"EXTRA=--y"}; }));
  EXPECT_FALSE(moves([&] { spec.around.environment.emplace_back("OTHER=1"); }));
  EXPECT_THAT(key().environment, ElementsAre("EXTRA=--y"));
  EXPECT_TRUE(has_input("variable EXTRA"));
  for (const auto& input : key().inputs)
    EXPECT_THAT(input.value, Not(HasSubstr("--y"))) << "inputs are shown, and may be secrets";
}

TEST_F(ToolKeyTest, WhatTheToolsReadThemselvesCounts) {
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
TEST_F(ToolKeyTest, KeepsOfTheEnvironmentWhatDecides) {
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

class TreeScriptTest : public ToolKeyTest {
protected:
  TreeScriptTest() {
    spec.command = "sh scripts/gen-btf.sh --btf_base vmlinux net/a.ko";
    spec.tools = {"pahole", "./resolve_btfids", "objcopy"};
    write("");
    fs::create_directories(dir / "tree/include/config");
    spill(dir / "tree/include/config/auto.conf", "CONFIG_A=y\nCONFIG_B=y\n");
  }
  void write(const std::string& more) {
    spill(dir / "tree/scripts/gen-btf.sh",
          "is_on() { grep -q \"^$1=y\" ${objtree}/include/config/auto.conf; }\n"
          "${PAHOLE} -J ${PAHOLE_FLAGS} --btf_base \"$2\" \"$3\"\n${RESOLVE_BTFIDS} \"$3\"\n"
          "${OBJCOPY} --add-section .BTF=\"$3.BTF\" \"$3\"\nrm -f \"$3.BTF\"\n"
          "is_on CONFIG_A && ${CC} -c x.c\n" +
              more);
  }
};

TEST_F(TreeScriptTest, RunsTheToolsThatMakeHas) {
  EXPECT_TRUE(has_input(dir / "bin/pahole"));
  EXPECT_TRUE(has_input("/usr/bin/rm"));
  EXPECT_TRUE(moves([&] { append("bin/objcopy"); }));
  spec.around.environment = {"PAHOLE=other"};
  EXPECT_TRUE(refuses("PAHOLE of the environment is not make's"));
}

TEST_F(TreeScriptTest, OnlyTheOptionsThatItMentionsCount) {
  EXPECT_FALSE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_A=y\n"); }));
  EXPECT_TRUE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_A=m\n"); }));
  EXPECT_TRUE(moves([&] { spill(dir / "tree/include/config/auto.conf", "CONFIG_AB=y\n"); }));
  EXPECT_TRUE(moves([&] { fs::remove(dir / "tree/include/config/auto.conf"); }));
}

TEST_F(TreeScriptTest, VariablesThatItReadsCountUnlessTheyOnlyPrint) {
  EXPECT_FALSE(moves([&] { spec.around.environment = {"PAHOLE=pahole"}; }));
  write("case $KBUILD_VERBOSE in *1*) set -x ;; esac\n");
  EXPECT_FALSE(moves([&] { spec.around.environment = {"KBUILD_VERBOSE=1", "OTHER=2"}; }));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"PAHOLE_FLAGS=--btf_gen_floats"}; }));
  EXPECT_FALSE(moves([&] { spec.around.environment = {"PAHOLE_FLAGS=-j8 --btf_gen_floats"}; }));
}

TEST_F(TreeScriptTest, TheCompilerCountsWhateverItIs) {
  put("bin/ccache", "anything\n");
  put("bin/mycc", "#!/usr/bin/python3\n");
  spec.around.environment = {"CC=ccache mycc -x"};
  EXPECT_TRUE(has_input(dir / "bin/ccache"));
  EXPECT_TRUE(moves([&] { append("bin/mycc"); }));
}

TEST_F(TreeScriptTest, IsRefusedByNameWhenItIsNotUnderstood) {
  write("eval x\n");
  EXPECT_TRUE(refuses("tree/scripts/gen-btf.sh: line 7: cannot tell what \"eval\" runs"));
  write("${X} x\n");
  EXPECT_TRUE(refuses("tree/scripts/gen-btf.sh: line 7: cannot tell what \"${X}\" runs"));
  spec.command = "sh scripts/other.sh --btf_base vmlinux net/a.ko";
  EXPECT_TRUE(is_error(tool_key(spec, hashes), ErrorKind::not_found));
}

// Kbuild names resolve_btfids by its path in the tree; a script there is the tree's own.
TEST_F(TreeScriptTest, ResolveBtfidsMayBeOneToo) {
  script("tree/resolve_btfids", "cp \"$1\" \"$1.BTF\"\n${OBJCOPY} \"$1\"");
  EXPECT_TRUE(has_input("/usr/bin/cp"));
  script("bin/pahole", "cp \"$1\" \"$2\"");
  EXPECT_TRUE(refuses("/usr/bin/cp: is no tool"));
}

TEST_F(ToolKeyTest, WrappersMayNestOnlySoFar) {
  put("bin2/real", fake_pahole());
  script("bin2/c", "exec " + (dir / "bin2/real"));
  script("bin2/b", "exec " + (dir / "bin2/c"));
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  EXPECT_TRUE(moves([&] { append("bin2/real"); }));
  script("bin2/d", "exec " + (dir / "bin2/real"));
  script("bin2/c", "exec " + (dir / "bin2/d"));
  EXPECT_TRUE(refuses("bin2/d: wrapper of a wrapper of a wrapper"));
}

TEST_F(ToolKeyTest, WrappersMayNameEachOther) {
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  script("bin2/b", "exec " + (dir / "bin/pahole")); // without end, as in the build itself
  EXPECT_TRUE(has_input(dir / "bin2/b"));
}

// A step reads the tools after the plan did: were they still the same?
TEST_F(ToolKeyTest, FilesAreRememberedToBeLookedAtAgain) {
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
TEST_F(ToolKeyTest, AToolOfThisVeryMomentIsNotUnchanged) {
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
