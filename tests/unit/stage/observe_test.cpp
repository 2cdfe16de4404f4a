// SPDX-License-Identifier: GPL-2.0-only
// What a plan sees on disk: the stage's facts, and of each .ko whether it is the recorded one or
// one that may be adopted.
#include "daemon/stage/observe.hpp"

#include "daemon/btf/module_content.hpp"

#include "tests/unit/elf_builder.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/libbpf_btf.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;
using Layout = ElfBuilder::Layout;

constexpr std::int64_t k_second = 1'000'000'000;

// A while ahead of the files of a test, which are as old as it is.
std::int64_t later(std::int64_t seconds) {
  return realtime_ns() + seconds * k_second;
}

void set_mtime(const std::string& path, time_t seconds) {
  const timespec times[2] = {{0, UTIME_OMIT}, {seconds, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

// A tree with a base, one module and one tool.
class Observe : public testing::Test {
protected:
  Observe() {
    ElfBuilder vmlinux;
    vmlinux.add(".BTF", raw_bytes(base.get()));
    vmlinux.write(dir / "vmlinux");
    set_mtime(dir / "vmlinux", 1'000);
    spill(dir / "modules.order", "./a.o\nnet/b.o\n");
    install(dir / "pahole", fake_pahole());
    fs::create_directories(dir / "include/config");
    spill(config, "CONFIG_DEBUG_INFO_BTF=y\n");
    request.cwd = dir.path();
    request.modules_order = "modules.order";
    request.target = "a.ko";
    request.command = "./pahole -J --btf_base ./vmlinux a.ko";
    request.tools = {"./pahole"};
  }

  StageFacts facts() {
    auto result = gather_facts(request, hashes);
    EXPECT_TRUE(is_ok(result));
    return *result;
  }
  ElfBuilder module() {
    ElfBuilder elf;
    elf.add(".text", to_bytes("code"));
    elf.add(".BTF", raw_bytes(make_split(base.get()).get()));
    return elf;
  }
  // Looked at when all stamps have settled.
  Seen see(const KnownModule& subject) {
    return observe_modules({subject}, facts(), later(3'600)).at(0);
  }
  // `age`: of the module, in seconds; negative: newer than all that the test has made.
  bool is_adoptable(const ElfBuilder& elf, Layout layout, time_t age = -100) {
    elf.write(ko, layout);
    set_mtime(ko, std::time(nullptr) - age);
    return see({ko, {}, false}).observed.adoptable;
  }
  ModuleRecord record() {
    ModuleRecord r;
    r.ko = ko;
    r.state = ModuleState::finished;
    r.stamp = *stamp_of(ko);
    r.is_settled = true;
    const auto content = read_module_content(ko);
    r.rest = content->rest;
    r.btf = content->btf;
    return r;
  }

  TempDir dir;
  BtfHandle base = make_base();
  std::string ko = dir / "a.ko";
  std::string config = dir / "include/config/auto.conf";
  FileHashes hashes;
  StageSpec request;
};

TEST_F(Observe, GathersFactsOfStage) {
  const StageFacts found = facts();
  EXPECT_EQ(found.base_path, dir / "vmlinux");
  EXPECT_EQ(found.base.hash, hash_bytes(raw_bytes(base.get())));
  EXPECT_EQ(found.modules, (std::vector<std::string>{"./a.ko", "net/b.ko"}));
  EXPECT_TRUE(found.tools.key.is_known());
  EXPECT_TRUE((found.key() == BuildKey{found.base.hash, found.tools.key, found.linker.key}));
}

TEST_F(Observe, RelinkedBaseWithSameBtfIsUnchanged) {
  const ContentHash before = facts().base.hash;
  ElfBuilder vmlinux;
  vmlinux.add(".text", to_bytes("other code"));
  vmlinux.add(".BTF", raw_bytes(base.get()));
  vmlinux.write(dir / "vmlinux");
  EXPECT_EQ(facts().base.hash, before);
  ::btf__add_int(base.get(), "new", 4, 0);
  ElfBuilder changed;
  changed.add(".BTF", raw_bytes(base.get()));
  changed.write(dir / "vmlinux");
  EXPECT_NE(facts().base.hash, before);
}

TEST_F(Observe, FallsBackIfModulesOrderDiffers) {
  request.module_count = 2;
  facts();
  const StageSpec good = request;
  request.module_count = 1;
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::unsupported, "does not list"));
  request = good;
  request.target = "c.ko";
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::unsupported, "does not list"));
}

// The protocol could not name it: it would pass for a module without a plan.
TEST_F(Observe, FallsBackIfNameIsNotUtf8) {
  spill(dir / "modules.order", "a.o\ncaf\xe9/b.o\n");
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::unsupported, "not UTF-8"));
}

TEST_F(Observe, FallsBackWithoutFacts) {
  const StageSpec good = request;
  request.command = "pahole -J a.ko";
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::unsupported, "--btf_base"));
  request = good;
  request.modules_order = "none";
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::io, "none"));
  request = good;
  request.tools = {"./none"};
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::not_found, "none"));
  request = good;
  ElfBuilder stripped;
  stripped.add(".text", to_bytes("code"));
  stripped.write(dir / "vmlinux");
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::not_found, ".BTF"));
  fs::remove(dir / "vmlinux");
  EXPECT_TRUE(is_error(gather_facts(request, hashes), ErrorKind::not_found, "vmlinux"));
}

TEST_F(Observe, MissingModuleIsMissing) {
  const Observed seen = see({dir / "none.ko", {}, true}).observed;
  EXPECT_FALSE(seen.exists || seen.is_recorded_file || seen.can_restore || seen.adoptable);
}

TEST_F(Observe, RecordedFileIsKnownByItsStamp) {
  module().write(ko);
  ModuleRecord known = record();
  known.rest = {}; // not hashed yet
  const Seen seen = see({ko, known, false});
  EXPECT_TRUE(seen.observed.exists);
  EXPECT_TRUE(seen.observed.is_recorded_file);
  EXPECT_EQ(seen.stamp, known.stamp);
}

TEST_F(Observe, RecordedFileIsKnownByItsContentWhenItWasTouched) {
  module().write(ko);
  ModuleRecord known = record();
  set_mtime(ko, 5'000);
  EXPECT_TRUE(see({ko, known, false}).observed.is_recorded_file);
  known.rest = {};
  EXPECT_FALSE(see({ko, known, false}).observed.is_recorded_file);
}

TEST_F(Observe, OtherContentIsNotTheRecordedFile) {
  module().write(ko);
  const ModuleRecord known = record();
  std::string bytes = slurp(ko);
  bytes.back() = static_cast<char>(~bytes.back());
  spill(ko, bytes);
  set_mtime(ko, 5'000);
  EXPECT_FALSE(see({ko, known, false}).observed.is_recorded_file);
}

TEST_F(Observe, PristineBytesComeFromACopyOrAPatch) {
  module().write(ko);
  ModuleRecord known = record();
  EXPECT_FALSE(see({ko, known, false}).observed.can_restore);
  EXPECT_TRUE(see({ko, known, true}).observed.can_restore);
  known.pristine = {1, 2};
  EXPECT_TRUE(see({ko, known, false}).observed.can_restore);
}

TEST_F(Observe, SoundModuleMayBeAdopted) {
  EXPECT_TRUE(is_adoptable(module(), Layout::first_section_last));
}

// A record, even of another file, says more than any look at the .ko.
TEST_F(Observe, OnlyModulesWithoutRecordAreAdopted) {
  ASSERT_TRUE(is_adoptable(module(), Layout::first_section_last));
  EXPECT_FALSE(see({ko, record(), false}).observed.adoptable);
}

TEST_F(Observe, DoubtfulModulesAreNotAdopted) {
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last, 1'000'000))
      << "older than the tools";
  EXPECT_FALSE(is_adoptable(module(), Layout::in_order)) << "laid out anew";

  ElfBuilder with_ids = module();
  with_ids.add(".BTF_ids", std::vector<std::byte>(8));
  EXPECT_FALSE(is_adoptable(with_ids, Layout::first_section_last)) << ".BTF_ids";

  ElfBuilder with_base = module();
  with_base.add(".BTF.base", raw_bytes(base.get()));
  EXPECT_FALSE(is_adoptable(with_base, Layout::first_section_last)) << ".BTF.base";

  ElfBuilder without;
  without.add(".text", to_bytes("code"));
  without.add(".data", to_bytes("data"));
  EXPECT_FALSE(is_adoptable(without, Layout::first_section_last)) << "no .BTF";
}

// make does not look at these, so a stock build leaves modules alone when they change.
TEST_F(Observe, ModulesOlderThanWhatMakesBtfAreNotAdopted) {
  const time_t now = std::time(nullptr);
  ASSERT_TRUE(is_adoptable(module(), Layout::first_section_last));
  set_mtime(dir / "pahole", now + 200); // a tool that was replaced
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last));
  EXPECT_TRUE(is_adoptable(module(), Layout::first_section_last, -300));
  set_mtime(dir / "pahole", 1'000); // installed just now, built long ago
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last, 100));
  set_mtime(config, now + 200);
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last));
  fs::remove(config);
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last, -300));
}

TEST_F(Observe, ModulesOlderThanTheBaseAreNotAdopted) {
  set_mtime(dir / "vmlinux", std::time(nullptr) + 200);
  EXPECT_FALSE(is_adoptable(module(), Layout::first_section_last));
  EXPECT_TRUE(is_adoptable(module(), Layout::first_section_last, -300));
}

// Its stamp could still stand for other bytes in a moment.
TEST_F(Observe, ModulesWrittenJustNowAreNotAdopted) {
  ASSERT_TRUE(is_adoptable(module(), Layout::first_section_last));
  const std::int64_t then = stamp_of(ko)->ctime_ns;
  EXPECT_FALSE(observe_modules({{ko, {}, false}}, facts(), then).at(0).observed.adoptable);
}

// A stamp that is not settled says nothing, the content does; and later it is settled.
TEST_F(Observe, RecordedFileIsKnownByItsContentUntilItsStampIsSettled) {
  module().write(ko);
  ModuleRecord known = record();
  known.is_settled = false;
  const KnownModule subject{ko, known, false};
  const Seen now = observe_modules({subject}, facts(), known.stamp.ctime_ns).at(0);
  EXPECT_TRUE(now.observed.is_recorded_file);
  EXPECT_FALSE(now.is_settled);
  const Seen after = see(subject);
  EXPECT_TRUE(after.observed.is_recorded_file);
  EXPECT_TRUE(after.is_settled);
  known.btf = {1, 2}; // other bytes under the same stamp
  EXPECT_FALSE(see({ko, known, false}).observed.is_recorded_file);
  known.is_settled = true;
  EXPECT_TRUE(see({ko, known, false}).observed.is_recorded_file);
}

TEST_F(Observe, DoubtfulModuleIsNotTheRecordedFile) {
  module().write(ko);
  ModuleRecord known = record();
  for (const ModuleState state : {ModuleState::writing, ModuleState::doubtful}) {
    known.state = state;
    EXPECT_FALSE(see({ko, known, false}).observed.is_recorded_file);
  }
}

TEST_F(Observe, FactsHoldUntilBaseOrToolsChange) {
  const StageFacts found = facts();
  EXPECT_TRUE(is_ok(still_holds(found)));
  install(dir / "pahole", fake_pahole() + "another");
  EXPECT_TRUE(is_error(still_holds(found), ErrorKind::file_moved, "pahole"));
  const StageFacts again = facts();
  spill(dir / "vmlinux", "another");
  EXPECT_TRUE(is_error(still_holds(again), ErrorKind::file_moved, "vmlinux"));
}

TEST_F(Observe, ModuleOfAnotherBaseIsNotAdopted) {
  const ElfBuilder of_old_base = module();
  BtfHandle other(::btf__new_empty()); // fewer types: the ids mean other ones, or none
  ::btf__add_int(other.get(), "int", 4, 0);
  ElfBuilder vmlinux;
  vmlinux.add(".BTF", raw_bytes(other.get()));
  vmlinux.write(dir / "vmlinux");
  set_mtime(dir / "vmlinux", 1'000);
  EXPECT_FALSE(is_adoptable(of_old_base, Layout::first_section_last));
}

TEST_F(Observe, FileThatIsNoModuleIsNotAdopted) {
  spill(ko, "text");
  EXPECT_FALSE(see({ko, {}, false}).observed.adoptable);
  EXPECT_TRUE(see({ko, {}, false}).observed.exists);
}

} // namespace
} // namespace kbtf::test
