// SPDX-License-Identifier: GPL-2.0-only
// Launchers and wrapper scripts in front of a tool: what they run moves the key, and what is not
// understood is refused by name.
#include "tests/unit/tools/tool_key_case.hpp"

#include <gmock/gmock.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

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

TEST_F(ToolKeyTest, NamesUnknownLauncher) {
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

TEST_F(ToolKeyTest, NamesProgramThatIsNotTheTool) {
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

TEST_F(ToolKeyTest, WrappedProgramCounts) {
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

TEST_F(ToolKeyTest, WrapperMayNameMissingFile) {
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

TEST_F(ToolKeyTest, NamesWrapperNotUnderstood) {
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

TEST_F(ToolKeyTest, ShellOfScriptCounts) {
  script("bin/pahole", "exec real \"$@\"");
  put("bin2/real", fake_pahole());
  EXPECT_TRUE(has_input("/bin/sh"));
  put("bin/pahole", "#!/usr/bin/env bash\nexec real \"$@\"\n");
  EXPECT_TRUE(has_input("/usr/bin/bash"));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"IFS=-"}; }));
}

// A value that the reader of the inner script does not see.
TEST_F(ToolKeyTest, RefusesVariableSetByScriptOrLauncher) {
  const std::string real = dir / "bin2/real";
  put("bin2/real", fake_pahole());
  script("bin2/second", "exec \"$REAL\" \"$@\"");
  spec.around.environment = {"REAL=" + real};
  const std::string why = "bin2/second: reads $REAL, which ";
  for (const char* text :
       {"exec env REAL=/x second \"$@\"", "export REAL=/x; exec second \"$@\"",
        "REAL=/x second \"$@\"", "unset REAL; second \"$@\"", "exec env -u REAL second \"$@\""}) {
    script("bin/pahole", text);
    EXPECT_TRUE(refuses(why + (dir / "bin/pahole") + " sets")) << text;
  }
  set_pahole("env REAL=/x second");
  EXPECT_TRUE(refuses(why + "the command that runs it sets"));
  script("bin/pahole", "A=$REAL; export A; exec second \"$@\"");
  set_pahole("env B=1 pahole");
  EXPECT_TRUE(moves([&] { append("bin2/real"); }));
}

// The dynamic linker takes $ORIGIN from the file, not from the link.
TEST_F(ToolKeyTest, LibrariesBesideTheFileBehindALink) {
  fs::create_directories(dir / "pahole-1/bin");
  fs::create_directories(dir / "pahole-1/lib");
  const auto library = [&](const char* text) {
    fs::remove(dir / "pahole-1/lib/libwhich.so");
    compile(dir / "pahole-1/lib/libwhich.so", text, "-shared -fPIC -Wl,-soname,libwhich.so");
  };
  library("int which(void) { return 0; }\n");
  compile(dir / "pahole-1/bin/pahole",
          "int which(void); const char looks[] = \"btf_base expand_pointers show_private_classes "
          "nr_methods\"; int main(void) { return which(); }\n",
          "-Wl,--no-as-needed -Wl,-rpath,'$ORIGIN/../lib' -L'" + (dir / "pahole-1/lib") +
              "' -l:libwhich.so");
  fs::remove(dir / "bin/pahole");
  fs::create_symlink("../pahole-1/bin/pahole", dir / "bin/pahole");
  EXPECT_TRUE(moves([&] { library("int which(void) { return 1; }\n"); }));
  EXPECT_TRUE(has_input(dir / "bin/../pahole-1/lib/libwhich.so") ||
              has_input(dir / "pahole-1/bin/../lib/libwhich.so"));
}

TEST_F(ToolKeyTest, FileArgumentsCount) {
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

TEST_F(ToolKeyTest, WrapperNestingIsLimited) {
  put("bin2/real", fake_pahole());
  script("bin2/c", "exec " + (dir / "bin2/real"));
  script("bin2/b", "exec " + (dir / "bin2/c"));
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  EXPECT_TRUE(moves([&] { append("bin2/real"); }));
  script("bin2/d", "exec " + (dir / "bin2/real"));
  script("bin2/c", "exec " + (dir / "bin2/d"));
  EXPECT_TRUE(refuses("bin2/d: wrapper of a wrapper of a wrapper"));
}

TEST_F(ToolKeyTest, WrappersMayFormCycle) {
  script("bin/pahole", "exec " + (dir / "bin2/b"));
  script("bin2/b", "exec " + (dir / "bin/pahole")); // without end, as in the build itself
  EXPECT_TRUE(has_input(dir / "bin2/b"));
}

} // namespace
} // namespace kbtf::test
