// SPDX-License-Identifier: GPL-2.0-only
// The last few bases, and what else is in their directory.
#include "daemon/store/base_store.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class BaseStoreTest : public testing::Test {
protected:
  void keep(int number) {
    const auto bytes = to_bytes("base " + std::to_string(number));
    ASSERT_TRUE(is_ok(store.keep(hash_bytes(bytes), bytes)));
  }
  static ContentHash hash(int number) { return hash_text("base " + std::to_string(number)); }
  // Long unused: what is dropped first.
  void put(const std::string& name) {
    fs::create_directories(path);
    spill(path + "/" + name, "theirs");
    fs::last_write_time(path + "/" + name,
                        fs::file_time_type::clock::now() - std::chrono::hours{1});
  }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(path + "/" + name); }

  TempDir dir;
  std::string path = dir / "bases";
  BaseStore store{path};
};

TEST_F(BaseStoreTest, KeepsTheLastFew) {
  for (int i = 0; i < 20; ++i)
    keep(i);
  int kept = 0;
  for (int i = 0; i < 20; ++i)
    kept += store.has(hash(i)) ? 1 : 0;
  EXPECT_EQ(kept, static_cast<int>(BaseStore::k_kept));
  EXPECT_TRUE(store.has(hash(19)));
  EXPECT_EQ(*store.load(hash(19)), to_bytes("base 19"));
}

TEST_F(BaseStoreTest, DropsNothingButBases) {
  const std::string hex = hash(99).hex();
  const std::vector<std::string> theirs{"notes",
                                        ".hidden",
                                        hex,
                                        hex + ".btf",
                                        hex + ".btf.zst.bak",
                                        hex.substr(1) + ".btf.zst",
                                        "x" + hex + ".btf.zst"};
  for (const auto& name : theirs)
    put(name);
  fs::create_directory(path + "/" + hash(98).hex() + ".btf.zst");
  fs::create_symlink("notes", path + "/" + hash(97).hex() + ".btf.zst");
  for (int i = 0; i < 20; ++i)
    keep(i);
  for (const auto& name : theirs)
    EXPECT_TRUE(exists(name)) << name;
  EXPECT_TRUE(exists(hash(98).hex() + ".btf.zst"));
  EXPECT_TRUE(exists(hash(97).hex() + ".btf.zst"));
  // Nor do they take the place of a base.
  int kept = 0;
  for (int i = 0; i < 20; ++i)
    kept += store.has(hash(i)) ? 1 : 0;
  EXPECT_EQ(kept, static_cast<int>(BaseStore::k_kept));
}

TEST_F(BaseStoreTest, RemovesUnfinishedFilesOfDeadDaemon) {
  const std::string name = hash(1).hex() + ".btf.zst.";
  put(name + "1.7");
  put(name + std::to_string(::getpid()) + ".123456"); // of another thread, now
  keep(2);
  EXPECT_FALSE(exists(name + "1.7"));
  EXPECT_TRUE(exists(name + std::to_string(::getpid()) + ".123456"));
}

} // namespace
} // namespace kbtf::test
