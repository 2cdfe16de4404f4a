// SPDX-License-Identifier: GPL-2.0-only
// Test helper: a tree, tools and a command for which a tool key is made.
#pragma once

#include "daemon/tools/tool_key.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/tools/fake_tools.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace kbtf::test {

class ToolKeyTest : public testing::Test {
protected:
  ToolKeyTest() {
    for (const char* sub : {"bin", "bin2", "tree", "tree/scripts", "lib"})
      std::filesystem::create_directory(dir / sub);
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

} // namespace kbtf::test
