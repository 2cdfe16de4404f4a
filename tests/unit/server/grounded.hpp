// SPDX-License-Identifier: GPL-2.0-only
// Test fixture: the ground that the service's objects stand on, with the state in memory, an event
// loop that the test runs, and a small tree: a base, and modules with BTF on it.
#pragma once

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"
#include "daemon/server/ground.hpp"
#include "daemon/server/stage.hpp"

#include "tests/unit/elf_builder.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/libbpf_btf.hpp"
#include "tests/unit/temp_dir.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

namespace kbtf::test {

class Grounded : public testing::Test {
protected:
  Grounded() {
    std::filesystem::create_directories(dir / "copies");
    ElfBuilder vmlinux;
    vmlinux.add(".BTF", raw_bytes(base.get()));
    vmlinux.write(dir / "vmlinux");
  }
  ~Grounded() override { ground.stop(); }

  // Runs the loop until `done` says so: what it waits for comes from other threads.
  template <typename Done> void run_until(Done done) {
    const auto guard = boost::asio::make_work_guard(loop);
    loop.restart();
    while (!done())
      loop.run_one();
  }
  void run_until_done() {
    run_until([this] { return ground.work.count() == 0; });
  }

  // As the linker leaves it, and as the BTF step does.
  std::string linked(const std::string& name) {
    ElfBuilder elf;
    elf.add(".text", to_bytes("code of " + name));
    elf.write(dir / name);
    return dir / name;
  }
  std::string finished(const std::string& name) {
    ElfBuilder elf;
    elf.add(".text", to_bytes("code of " + name));
    elf.add(".BTF", raw_bytes(make_split(base.get()).get()));
    elf.write(dir / name);
    return dir / name;
  }
  // Of the file as it is.
  ModuleRecord record_of(const std::string& ko, const BuildKey& key) {
    ModuleRecord record;
    record.ko = ko;
    record.state = ModuleState::finished;
    const auto content = read_module_content(ko);
    EXPECT_TRUE(is_ok(content));
    record.stamp = content->stamp;
    record.is_settled = true;
    record.rest = content->rest;
    record.btf = content->btf;
    record.key = key;
    return record;
  }
  Stage stage(const std::string& id, std::vector<std::string> modules) {
    StageFacts facts;
    facts.base_path = dir / "vmlinux";
    facts.base = *hash_base_btf(facts.base_path);
    facts.tools.key = hash_text("tools");
    facts.linker.key = hash_text("linker");
    facts.config_path = dir / "auto.conf";
    facts.modules = std::move(modules);
    Stage made;
    made.id = id;
    made.cwd = dir.path();
    made.modules_order = "modules.order";
    made.sends_stage_end = true;
    made.facts = std::make_shared<const StageFacts>(std::move(facts));
    made.counts.modules = made.facts->modules.size();
    return made;
  }

  TempDir dir;
  BtfHandle base = make_base();
  boost::asio::io_context loop;
  Ground ground{loop,
                {dir.path(), dir.path(), dir / "copies", dir / "bases", dir / "checks", {}, {}},
                StateDb::in_memory()};
};

} // namespace kbtf::test
