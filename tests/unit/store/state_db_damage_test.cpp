// SPDX-License-Identifier: GPL-2.0-only
// The state file of another version, damaged, or out of reach: one warning and an empty state,
// never a daemon that does not start, never records that were not written.
#include "daemon/store/state_db.hpp"

#include "tests/unit/expect.hpp"
#include "tests/unit/store/records.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

constexpr int k_modules = 60;

class StateDbDamage : public testing::Test {
protected:
  // A state with some pages, closed in order: all of it is in one file.
  StateDbDamage() {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    for (int i = 0; i < k_modules; ++i)
      EXPECT_TRUE(is_ok(db.put_with_patch(sample_record("/k/" + std::to_string(i) + ".ko"),
                                          to_bytes("the patch of " + std::to_string(i)))));
  }

  Database sql() { return *Database::open(file, Database::Access::read_write); }
  void set_version(int version) {
    const std::string text = "PRAGMA user_version=" + std::to_string(version);
    ASSERT_TRUE(is_ok(sql().execute(text.c_str())));
  }
  // Fills each page of the file that has `text` on it with junk.
  void ruin_pages_with(const std::string& text) {
    constexpr std::size_t k_page = 4096;
    std::string whole = slurp(file);
    int ruined = 0;
    for (std::size_t at = 0; at < whole.size(); at += k_page)
      if (whole.substr(at, k_page).find(text) != std::string::npos) {
        whole.replace(at, k_page, std::string(k_page, 'x'));
        ++ruined;
      }
    EXPECT_GT(ruined, 0) << text;
    spill(file, whole);
  }
  static std::size_t count(StateDb& db) {
    auto all = db.load_modules();
    EXPECT_TRUE(is_ok(all));
    return all ? all->size() : 0;
  }
  static void expect_usable(StateDb& db) {
    const ModuleRecord record = sample_record("/k/new.ko");
    ASSERT_TRUE(is_ok(db.put_with_patch(record, to_bytes("new patch"))));
    EXPECT_EQ(*db.patch(record.ko, record.rest), to_bytes("new patch"));
  }
  // Expects one warning with `why`, an empty state in the same place, and quiet afterwards.
  void expect_cold_start(const std::string& why) {
    {
      std::string warning;
      StateDb db = StateDb::open(dir.path(), warning);
      EXPECT_NE(warning.find(why), std::string::npos) << warning;
      EXPECT_NE(warning.find("starting with an empty state"), std::string::npos) << warning;
      EXPECT_NE(warning.find(file), std::string::npos) << warning;
      EXPECT_EQ(warning.find('\n'), std::string::npos) << warning;
      EXPECT_EQ(db.where(), file);
      EXPECT_EQ(count(db), 0U);
      expect_usable(db);
    }
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    EXPECT_EQ(warning, "");
    EXPECT_EQ(count(db), 1U);
  }
  // Expects one warning with `why` and a state in memory.
  static void expect_memory(const std::string& where, const std::string& why) {
    std::string warning;
    StateDb db = StateDb::open(where, warning);
    EXPECT_NE(warning.find(why), std::string::npos) << warning;
    EXPECT_NE(warning.find("keeping the state in memory"), std::string::npos) << warning;
    EXPECT_EQ(db.where(), "memory");
    EXPECT_EQ(count(db), 0U);
    expect_usable(db);
  }

  TempDir dir;
  std::string file = dir / "state.db";
};

TEST_F(StateDbDamage, SoundStateIsUsed) {
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
}

TEST_F(StateDbDamage, NewerVersionIsAColdStart) {
  set_version(k_state_version + 1);
  EXPECT_TRUE(is_error(StateDb::open_read_only(dir.path()), ErrorKind::unsupported));
  expect_cold_start("state version " + std::to_string(k_state_version + 1));
}

TEST_F(StateDbDamage, OlderVersionIsAColdStart) {
  set_version(k_state_version - 1);
  EXPECT_TRUE(is_error(StateDb::open_read_only(dir.path()), ErrorKind::unsupported));
  expect_cold_start("state version");
}

TEST_F(StateDbDamage, AnotherProgramsDatabaseIsLeftAlone) {
  fs::remove(file);
  for (const char* text : {"CREATE TABLE cookies(a)", "PRAGMA user_version=3",
                           "PRAGMA journal_mode=WAL", "PRAGMA application_id=7"}) {
    ASSERT_TRUE(is_ok(sql().execute(text)));
    const std::string whole = slurp(file);
    expect_memory(dir.path(), "another program's");
    EXPECT_TRUE(slurp(file) == whole) << text;
    EXPECT_TRUE(is_error(StateDb::open_read_only(dir.path()), ErrorKind::unsupported));
    EXPECT_EQ(dir.names(), std::vector<std::string>{"state.db"});
  }
}

TEST_F(StateDbDamage, StateWithoutApplicationIdIsRead) {
  ASSERT_TRUE(is_ok(sql().execute("PRAGMA application_id=0")));
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
}

TEST_F(StateDbDamage, WrongTablesWithOurVersionAreAColdStart) {
  ASSERT_TRUE(is_ok(sql().execute("DROP TABLE patch")));
  expect_cold_start("patch");
}

TEST_F(StateDbDamage, JunkIsAColdStart) {
  spill(file, std::string(10'000, 'x'));
  expect_cold_start("not a database");
}

// It may be somebody's: it is never deleted, and never overwritten by the next one either.
TEST_F(StateDbDamage, NonDatabaseIsKeptAside) {
  spill(file, "notes");
  spill(file + "-wal", "more notes");
  expect_cold_start("not a database, now state.db.damaged");
  EXPECT_EQ(slurp(file + ".damaged"), "notes");
  EXPECT_EQ(slurp(file + ".damaged-wal"), "more notes");
  for (const char* suffix : {"-wal", "-shm"})
    fs::remove(file + suffix);
  spill(file, "other notes");
  expect_memory(dir.path(), "state.db.damaged is taken");
  EXPECT_EQ(slurp(file), "other notes");
  EXPECT_EQ(slurp(file + ".damaged"), "notes");
}

TEST_F(StateDbDamage, EmptyFileIsAFreshState) {
  spill(file, "");
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(count(db), 0U);
  expect_usable(db);
}

TEST_F(StateDbDamage, TruncatedFileIsAColdStart) {
  const std::string whole = slurp(file);
  ASSERT_GT(whole.size(), 5U * 4096);
  for (const std::size_t size : {std::size_t{99}, std::size_t{4096}, std::size_t{6000},
                                 whole.size() / 2, whole.size() - 4096}) {
    SCOPED_TRACE(size);
    spill(file, whole.substr(0, size));
    expect_cold_start(file);
  }
}

TEST_F(StateDbDamage, JunkInTheModuleTableIsAColdStart) {
  ruin_pages_with("base BTF changed");
  expect_cold_start("malformed");
}

// Nothing reads these pages before a build does; the daemon goes on with what it has in memory.
TEST_F(StateDbDamage, JunkInThePatchTableIsAColdStartOnceItIsFound) {
  ruin_pages_with("the patch of");
  {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
    EXPECT_TRUE(is_error(db.put_with_patch(sample_record("/k/new.ko"), to_bytes("new patch")),
                         ErrorKind::malformed));
  }
  expect_cold_start("state version 0");
}

TEST_F(StateDbDamage, JunkInThePatchTableIsAColdStartOnceItIsRead) {
  ruin_pages_with("the patch of");
  {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    const ModuleRecord record = sample_record("/k/7.ko");
    EXPECT_TRUE(is_error(db.patch(record.ko, record.rest), ErrorKind::malformed));
  }
  expect_cold_start("state version 0");
}

TEST_F(StateDbDamage, LeftoversOfDamagedFileAreRemoved) {
  spill(file, std::string(10'000, 'x'));
  spill(file + "-wal", std::string(5'000, 'y'));
  spill(file + "-shm", std::string(32'768, 'z'));
  expect_cold_start("not a database");
}

// A log that is whole belongs to the file that was beside it; in a new one it would write old
// pages.
TEST_F(StateDbDamage, LogOfDamagedFileIsRemoved) {
  std::string log;
  {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    ASSERT_TRUE(is_ok(db.put(sample_record("/k/7.ko"))));
    log = slurp(file + "-wal"); // closing would empty it
  }
  ASSERT_FALSE(log.empty());
  spill(file, std::string(fs::file_size(file), 'x'));
  spill(file + "-wal", log);
  expect_cold_start("not a database");
}

TEST_F(StateDbDamage, JunkInPlaceOfTheLogLosesNothingElse) {
  spill(file + "-wal", std::string(50'000, 'y'));
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
  expect_usable(db);
}

// Whatever byte is damaged: the daemon starts, either cold or with no more than was written.
TEST_F(StateDbDamage, AnyFlippedByteLeavesAStateThatOpens) {
  const std::string whole = slurp(file);
  std::size_t cold = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < 100 ? 1 : 1999) {
    SCOPED_TRACE(at);
    std::string bad = whole;
    bad[at] = static_cast<char>(~bad[at]);
    spill(file, bad);
    {
      std::string warning;
      StateDb db = StateDb::open(dir.path(), warning);
      auto all = db.load_modules();
      ASSERT_TRUE(is_ok(all));
      if (!warning.empty()) {
        ++cold;
        EXPECT_EQ(all->size(), 0U) << warning;
        expect_usable(db);
      }
      EXPECT_LE(all->size(), static_cast<std::size_t>(k_modules));
      (void)db.put(sample_record("/k/new.ko")); // an error or not: never a crash
      (void)db.patch("/k/7.ko", sample_record().rest);
    }
    for (const char* suffix : {"-wal", "-shm"})
      fs::remove(file + suffix);
  }
  EXPECT_GT(cold, 20U);
}

TEST_F(StateDbDamage, FileInPlaceOfTheDirectory) {
  expect_memory(file, "not a directory");
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning); // and it is still whole
  EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
}

TEST_F(StateDbDamage, DirectoryBelowAFile) {
  expect_memory(file + "/state", "Not a directory");
}

TEST_F(StateDbDamage, DirectoryInPlaceOfTheFile) {
  fs::remove(file);
  fs::create_directories(file + "/kept");
  expect_memory(dir.path(), file);
  EXPECT_TRUE(fs::exists(file + "/kept"));
}

TEST_F(StateDbDamage, FileThatCannotBeWritten) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "nothing is read-only for root";
  const std::string whole = slurp(file);
  ASSERT_EQ(::chmod(file.c_str(), 0400), 0);
  expect_memory(dir.path(), "readonly");
  EXPECT_TRUE(slurp(file) == whole);
}

// Whoever holds it may be about to write: it is not ours to replace.
TEST_F(StateDbDamage, LockedFileIsLeftAlone) {
  {
    Database other = sql();
    ASSERT_TRUE(is_ok(other.execute("BEGIN IMMEDIATE")));
    expect_memory(dir.path(), "locked");
  }
  std::string warning;
  StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(count(db), static_cast<std::size_t>(k_modules));
}

} // namespace
} // namespace kbtf::test
