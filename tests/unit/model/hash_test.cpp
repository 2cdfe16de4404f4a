// SPDX-License-Identifier: GPL-2.0-only
// XXH3-128 as everybody else computes and prints it, and its hexadecimal form.
#include "daemon/model/hash.hpp"

#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

struct Vector {
  std::string text;
  const char* hex; // as xxh128sum prints it
};

TEST(ContentHash, KnownVectors) {
  const Vector vectors[] = {
      {"", "99aa06d3014798d86001c324468d497f"},
      {"a", "a96faf705af16834e6c632b61e964e1f"},
      {"abc", "06b05ab6733a618578af5f94892f3950"},
      {std::string(16, '\0'), "e5189a9599e3f86205ea23ef06e28b2d"},
      {std::string(200, 'x'), "062dfbe359870f1a0f7bed28ebd8500d"},
      {std::string(1000, 'x'), "50a1af5a5f2dcf01c0a4877b962cba82"},
  };
  for (const auto& [text, hex] : vectors) {
    EXPECT_EQ(hash_text(text).hex(), hex) << text.size() << " bytes";
    EXPECT_EQ(hash_bytes(to_bytes(text)), hash_text(text));
  }
}

TEST(ContentHash, EmptyInputIsKnown) {
  EXPECT_TRUE(hash_text("").is_known());
  EXPECT_FALSE(ContentHash{}.is_known());
  EXPECT_TRUE((ContentHash{0, 1}.is_known()));
  EXPECT_TRUE((ContentHash{1, 0}.is_known()));
}

TEST(ContentHash, HexIsHighThenLow) {
  const ContentHash hash{0x0123456789abcdef, 0x00000000000000ff};
  EXPECT_EQ(hash.hex(), "0123456789abcdef00000000000000ff");
  EXPECT_EQ(ContentHash::from_hex(hash.hex()), hash);
}

TEST(ContentHash, InvalidTextIsUnknown) {
  const std::string good = "0123456789abcdef00000000000000ff";
  for (const std::string& text :
       {std::string(), good.substr(1), good + "0", "g" + good.substr(1), good.substr(1) + "g",
        " " + good.substr(1), "0x" + good.substr(2), "-" + good.substr(1),
        good.substr(0, 15) + "." + good.substr(16), good.substr(0, 16) + "+" + good.substr(17)})
    EXPECT_FALSE(ContentHash::from_hex(text).is_known()) << text;
}

TEST(ContentHash, EqualityComparesBothHalves) {
  EXPECT_NE((ContentHash{1, 2}), (ContentHash{1, 3}));
  EXPECT_NE((ContentHash{1, 2}), (ContentHash{3, 2}));
}

} // namespace
} // namespace kbtf::test
