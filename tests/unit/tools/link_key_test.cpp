// SPDX-License-Identifier: GPL-2.0-only
// The link key moves with the content of all that a link reads, and with nothing else.
#include "daemon/tools/link_key.hpp"
#include "daemon/tools/link_words.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class LinkKeyTest : public testing::Test {
protected:
  LinkKeyTest() {
    fs::create_directories(dir / "bin");
    fs::create_directories(dir / "tree/scripts");
    install(dir / "bin/ld", fake_linker());
    for (const char* name : {"a.o", "a.mod.o", "scripts/module.lds", "a.ko"})
      spill(dir / "tree/" + name, name);
    spec = {{dir / "tree", (dir / "bin") + ":/usr/bin:/bin", "", {}},
            "ld -r -T scripts/module.lds -o a.ko a.o a.mod.o",
            {"a.o", "a.mod.o"}};
  }

  ContentHash key() {
    const auto made = link_key(spec, hashes);
    EXPECT_TRUE(is_ok(made));
    return made ? made->key : ContentHash{};
  }
  bool moves(const std::function<void()>& change) {
    const ContentHash before = key();
    change();
    return key() != before;
  }
  void append(const std::string& name) { spill(dir / name, slurp(dir / name) + "+"); }

  TempDir dir;
  // For it every file has been there for a while: no waiting for stamps.
  FileHashes hashes{[] { return realtime_ns() + 10'000'000'000; }};
  LinkSpec spec;
};

TEST_F(LinkKeyTest, MovesWithEachInput) {
  for (const char* name : {"tree/a.o", "tree/a.mod.o", "tree/scripts/module.lds", "bin/ld"})
    EXPECT_TRUE(moves([&] { append(name); })) << name;
}

TEST_F(LinkKeyTest, MovesWithTheCommand) {
  EXPECT_TRUE(moves([&] { spec.command += " --build-id=sha1"; }));
}

TEST_F(LinkKeyTest, MovesWithAnInputThatOnlyMakeKnows) {
  spill(dir / "tree/more.o", "more");
  EXPECT_TRUE(moves([&] { spec.inputs.push_back("more.o"); }));
  EXPECT_TRUE(moves([&] { append("tree/more.o"); }));
}

TEST_F(LinkKeyTest, DoesNotMoveWithTimeOrWithTheModule) {
  EXPECT_FALSE(moves([&] { fs::last_write_time(dir / "tree/a.o", fs::file_time_type{}); }));
  EXPECT_FALSE(moves([&] { append("tree/a.ko"); }));
}

TEST_F(LinkKeyTest, NeedsSingleProgram) {
  const std::string command = spec.command;
  for (const char* more :
       {"; ./tools/objtool a.ko", " && true", "; make -f Makefile.postlink a.ko", " @a.rsp",
        " $(x)", " > log", " | cat", " & true", "; true; true", " $X", " *.o", " 'a' && x"}) {
    spec.command = command + more;
    EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::unsupported)) << more;
  }
  spec.command = "ld -r a.o";
  EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::unsupported)) << "no output";
}

// A file that the key does not see would be linked from unnoticed.
TEST_F(LinkKeyTest, NoneIfAnInputIsUnknown) {
  const std::string command = spec.command;
  spill(dir / "tree/extra.lds", "SECTIONS { }");
  spill(dir / "tree/thin.a", "!<thin>\n");
  fs::create_directories(dir / "tree/sub");
  for (const char* more :
       {"-Textra.lds", "-Lsub", "-L sub", "-lx", "-Map=x.map", "--script=extra.lds",
        "--just-symbols=a.o", "-R a.o", "-plugin x", "thin.a", "sub", "-z", "-T", "-o other.ko",
        "--version-script=x", "-dT extra.lds"}) {
    spec.command = command + " " + more;
    EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::unsupported, "the link command"))
        << more;
  }
  spec.command = command + " -T gone.lds";
  EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::not_found, "gone.lds"));
  for (const char* more :
       {"-T extra.lds", "-z noexecstack -m elf_x86_64 -EL -maarch64elf -X --emit-relocs",
        "--build-id --no-warn-rwx-segments -mllvm -x --fix-cortex-a53-843419"}) {
    spec.command = command + " " + more;
    EXPECT_TRUE(is_ok(link_key(spec, hashes))) << more;
  }
  for (const char* script :
       {"INCLUDE x", "INPUT(x)", "SECTIONS { }\nGROUP ( x )", "SEARCH_DIR(x)", "STARTUP(x)"}) {
    spill(dir / "tree/extra.lds", script);
    spec.command = command + " -T extra.lds";
    EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::unsupported, "extra.lds")) << script;
  }
}

TEST_F(LinkKeyTest, LinkerMustBeMakes) {
  for (const char* linker : {"ld", "env ld", " ld ", "ld -r"})
    EXPECT_TRUE(is_ok(check_linker(linker + std::string("  -r -o x.ko x.o"), linker))) << linker;
  EXPECT_TRUE(is_ok(check_linker("", "ld")));
  for (const char* linker : {"", "ld", "b-ld -x", "b", "env b-ld"})
    EXPECT_TRUE(is_error(check_linker("b-ld -r -o x.ko x.o", linker), ErrorKind::unsupported,
                         "the link command runs b-ld, which is not $(LD)"))
        << linker;
  EXPECT_TRUE(
      is_error(linker_key("ld @a.rsp", spec.around, hashes), ErrorKind::unsupported, "@a.rsp"));
}

TEST_F(LinkKeyTest, AcceptsTrueAsPostLinkStep) {
  for (const char* more : {" ; true", "; true"}) {
    spec.command = "ld -r -T scripts/module.lds -o a.ko a.o a.mod.o" + std::string(more);
    EXPECT_TRUE(is_ok(link_key(spec, hashes))) << more;
  }
}

// The command of a module stage, with whatever stands for $(LD).
TEST_F(LinkKeyTest, LaunchersAndWrappersDoNotHideTheLinker) {
  const std::string rest = spec.command.substr(2);
  install(dir / "bin/my-ld", "#!/bin/sh\nexec ld $EXTRA \"$@\"\n");
  for (const char* linker : {"env ld", "nice -n1 ld", "my-ld", "env my-ld"}) {
    spec.command = linker + rest;
    EXPECT_TRUE(moves([&] { append("bin/ld"); })) << linker;
  }
  EXPECT_TRUE(moves([&] { install(dir / "bin/my-ld", "#!/bin/sh\nexec ld -x $EXTRA \"$@\"\n"); }));
  EXPECT_TRUE(moves([&] { spec.around.environment = {"EXTRA=--gc-sections"}; }));
  EXPECT_FALSE(moves([&] { spec.around.environment.emplace_back("OTHER=1"); }));
  EXPECT_TRUE(moves([&] { spec.around.environment.emplace_back("LDEMULATION=elf_i386"); }));
}

TEST_F(LinkKeyTest, NoneForUnknownLinker) {
  const std::string rest = spec.command.substr(2);
  install(dir / "bin/my-ld", "#!/bin/sh\nexec $LINKER \"$@\"\n");
  install(dir / "bin/other", slurp("/bin/true"));
  for (const char* linker : {"my-ld", "ccache ld", "other", "A=1 ld", "$LD"}) {
    spec.command = linker + rest;
    EXPECT_FALSE(link_key(spec, hashes)) << linker;
  }
}

TEST_F(LinkKeyTest, TheLinkersEnvironmentIsKnown) {
  install(dir / "bin/my-ld", "#!/bin/sh\nexec ld $EXTRA \"$@\"\n");
  spec.around.environment = {"EXTRA=--x", "SECRET=1", "srctree=."};
  const auto needs = linker_key("my-ld", spec.around, hashes);
  ASSERT_TRUE(is_ok(needs));
  EXPECT_EQ(needs->environment, (std::vector<std::string>{"EXTRA=--x", "srctree=."}));
  EXPECT_TRUE(is_error(linker_key("sh -c ld", spec.around, hashes), ErrorKind::unsupported));
}

TEST_F(LinkKeyTest, SaysWhatIsMissing) {
  spec.inputs.emplace_back("gone.o");
  EXPECT_TRUE(is_error(link_key(spec, hashes), ErrorKind::not_found, "gone.o"));
}

TEST_F(LinkKeyTest, UnknownAfterInputOrLinkerChanged) {
  const auto stamp_all = [&] {
    auto stamped = stamp_inputs(spec);
    EXPECT_EQ(stamped.size(), 3U);
    EXPECT_FALSE(link_key_of(spec, stamped, hashes).is_known()) << "nothing of the linker";
    const auto needs = linker_key("ld", spec.around, hashes);
    stamped.insert(stamped.end(), needs->files.begin(), needs->files.end());
    return stamped;
  };
  auto stamped = stamp_all();
  EXPECT_EQ(link_key_of(spec, stamped, hashes), key());
  append("tree/a.o");
  EXPECT_FALSE(link_key_of(spec, stamped, hashes).is_known());
  stamped = stamp_all();
  EXPECT_EQ(link_key_of(spec, stamped, hashes), key());
  append("bin/ld");
  EXPECT_FALSE(link_key_of(spec, stamped, hashes).is_known());
  stamped = stamp_all();
  fs::create_directories(dir / "first");
  install(dir / "first/ld", slurp(dir / "bin/ld"));
  spec.around.path = (dir / "first") + ":" + spec.around.path;
  EXPECT_FALSE(link_key_of(spec, stamped, hashes).is_known());
}

} // namespace
} // namespace kbtf::test
