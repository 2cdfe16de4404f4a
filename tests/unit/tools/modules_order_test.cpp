// SPDX-License-Identifier: GPL-2.0-only
// modules.order of old and new kernels, and paths made absolute by text alone.
#include "daemon/tools/modules_order.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Words = std::vector<std::string>;

TEST(ModulesOrder, ListsModulesInOrder) {
  const std::pair<const char*, Words> cases[] = {
      {"", {}},
      {"net/b.ko\nfs/a.ko\n", {"net/b.ko", "fs/a.ko"}}, // until 6.2
      {"net/b.o\nfs/a.o\n", {"net/b.ko", "fs/a.ko"}},   // from 6.3 on
      {"./b.o\n/abs/a.o", {"./b.ko", "/abs/a.ko"}},     // M= builds; no last newline
      {"a.o a.ko a.o\n", {"a.ko"}},                     // each once
      {"\n\n  a.ko\t\r\n", {"a.ko"}},
      {"a.mod README a.kox o ko\n", {}},
      {"a.o.o\n.o\n", {"a.o.ko", ".ko"}},
  };
  for (const auto& [text, modules] : cases)
    EXPECT_EQ(parse_modules_order(text), modules) << text;
}

TEST(AbsolutePath, StartsAtTheDirectory) {
  const std::pair<const char*, const char*> cases[] = {{"a.ko", "/k/build/a.ko"},
                                                       {"./a.ko", "/k/build/a.ko"},
                                                       {"net/ipv4/a.ko", "/k/build/net/ipv4/a.ko"},
                                                       {"../a.ko", "/k/a.ko"},
                                                       {"net/../fs/./a.ko", "/k/build/fs/a.ko"},
                                                       {"/other/a.ko", "/other/a.ko"},
                                                       {"/other/../a.ko", "/a.ko"},
                                                       {"net//a.ko", "/k/build/net/a.ko"},
                                                       {"../../../a.ko", "/a.ko"}};
  for (const auto& [path, absolute] : cases)
    EXPECT_EQ(absolute_path("/k/build", path), absolute) << path;
  EXPECT_EQ(absolute_path("/k/build/", "a.ko"), "/k/build/a.ko");
}

} // namespace
} // namespace kbtf::test
