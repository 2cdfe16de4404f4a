// SPDX-License-Identifier: GPL-2.0-only
// The link command of one module, from that of another.
#include "daemon/tools/link_template.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

using Names = std::vector<std::string>;

const std::string k_alpha = "ld -r -m elf_x86_64 -T scripts/module.lds -o fs/alpha.ko fs/alpha.o "
                            "fs/alpha.mod.o .module-common.o";

TEST(LinkTemplate, SubstitutesOtherModule) {
  EXPECT_EQ(link_command_for(k_alpha, "fs/alpha.ko", "drivers/net/veth.ko"),
            "ld -r -m elf_x86_64 -T scripts/module.lds -o drivers/net/veth.ko drivers/net/veth.o "
            "drivers/net/veth.mod.o .module-common.o");
  EXPECT_EQ(link_command_for(k_alpha, "fs/alpha.ko", "fs/alpha.ko"), k_alpha);
}

TEST(LinkTemplate, TakesWholeNamesOnly) {
  EXPECT_EQ(link_command_for("ld -T ma.lds -o a.ko a.o b/a.o aa.o a.mod.o", "a.ko", "x/y.ko"),
            "ld -T ma.lds -o x/y.ko x/y.o b/a.o aa.o x/y.mod.o");
  EXPECT_EQ(link_command_for("ld -o a.ko a.o; true", "a.ko", "x.ko"), "ld -o x.ko x.o; true");
  EXPECT_EQ(link_command_for("ld -o 'a.ko' a.o", "a.ko", "x.ko"), "ld -o 'x.ko' x.o");
}

TEST(LinkTemplate, RefusesACommandThatDoesNotNameTheModule) {
  EXPECT_EQ(link_command_for("ld -o b.ko b.o", "a.ko", "x.ko"), "");
  EXPECT_EQ(link_command_for("", "a.ko", "x.ko"), "");
  EXPECT_EQ(link_command_for("ld -o a.ko a.o", "a", "x.ko"), "");
  EXPECT_EQ(link_command_for("ld -o a.ko a.o", "a.ko", "x"), "");
  EXPECT_EQ(link_command_for("ld -o a.ko a.o", ".ko", "x.ko"), "");
}

TEST(LinkTemplate, GivesTheInputsToo) {
  EXPECT_EQ(link_inputs_for({"a.o", "a.mod.o", ".module-common.o", "a/b.o", "scripts/module.lds"},
                            "a.ko", "x/y.ko"),
            (Names{"x/y.o", "x/y.mod.o", ".module-common.o", "a/b.o", "scripts/module.lds"}));
}

TEST(LinkTemplate, IgnoresWhitespace) {
  EXPECT_TRUE(is_same_command("ld  -r\t-o a.ko\n a.o ", "ld -r -o a.ko a.o"));
  EXPECT_FALSE(is_same_command("ld -r -o a.ko a.o", "ld -r -o a.ko"));
  EXPECT_FALSE(is_same_command("ld -r", "ld-r"));
}

} // namespace
} // namespace kbtf::test
