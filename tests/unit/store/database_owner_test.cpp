// SPDX-License-Identifier: GPL-2.0-only
// Whose a database is, told from its bytes alone.
#include "daemon/store/database_owner.hpp"

#include "daemon/store/sqlite.hpp"
#include "daemon/store/state_db.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kbtf::test {
namespace {

namespace fs = std::filesystem;

class DatabaseOwnerTest : public testing::Test {
protected:
  void make_ours() {
    std::string warning;
    StateDb db = StateDb::open(dir.path(), warning);
    EXPECT_EQ(warning, "");
  }
  void execute(const char* sql) {
    auto db = Database::open(file, Database::Access::read_write);
    ASSERT_TRUE(is_ok(db));
    ASSERT_TRUE(is_ok(db->execute(sql)));
  }
  // The owner; asking has changed nothing.
  DatabaseOwner owner() {
    const auto before = dir.names();
    const std::string bytes = fs::is_regular_file(file) ? slurp(file) : "";
    const DatabaseOwner found = owner_of_database(file);
    EXPECT_EQ(dir.names(), before);
    EXPECT_TRUE(bytes.empty() || slurp(file) == bytes);
    return found;
  }

  TempDir dir;
  std::string file = dir / "state.db";
};

TEST_F(DatabaseOwnerTest, MissingOrEmptyIsNobodys) {
  EXPECT_EQ(owner(), DatabaseOwner::none);
  spill(file, "");
  EXPECT_EQ(owner(), DatabaseOwner::none);
}

TEST_F(DatabaseOwnerTest, OursHasItsId) {
  make_ours();
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
  EXPECT_EQ(slurp(file).substr(68, 4), "kbtf");
}

// The id is in the file itself before anything is in the log: a daemon may be killed at once.
TEST_F(DatabaseOwnerTest, OursHasItsIdWhileItIsInUse) {
  std::string warning;
  const StateDb db = StateDb::open(dir.path(), warning);
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
}

TEST_F(DatabaseOwnerTest, OldDatabaseIsKnownByItsTables) {
  make_ours();
  execute("PRAGMA application_id=0");
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
}

TEST_F(DatabaseOwnerTest, TablesMayBeOnlyInTheLog) {
  execute("PRAGMA journal_mode=WAL");
  auto db = Database::open(file, Database::Access::read_write);
  ASSERT_TRUE(is_ok(db));
  ASSERT_TRUE(is_ok(db->execute("CREATE TABLE patch(ko TEXT PRIMARY KEY, finished TEXT)")));
  ASSERT_EQ(slurp(file).find("CREATE TABLE"), std::string::npos);
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
}

TEST_F(DatabaseOwnerTest, HeaderAloneDecides) {
  make_ours();
  std::string bytes = slurp(file);
  bytes.replace(100, bytes.size() - 100, bytes.size() - 100, 'x');
  spill(file, bytes);
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
  spill(file, bytes.substr(0, 99));
  EXPECT_EQ(owner(), DatabaseOwner::kbtf);
}

TEST_F(DatabaseOwnerTest, RecognisesAnotherProgramsDatabase) {
  execute("CREATE TABLE cookies(a); PRAGMA user_version=3");
  EXPECT_EQ(owner(), DatabaseOwner::other);
  execute("PRAGMA application_id=252006674");
  EXPECT_EQ(owner(), DatabaseOwner::other);
  execute("PRAGMA journal_mode=WAL; CREATE TABLE patch(id INTEGER PRIMARY KEY)");
  EXPECT_EQ(owner(), DatabaseOwner::other);
}

TEST_F(DatabaseOwnerTest, NonDatabaseIsUnknown) {
  for (const std::string& text : {std::string("notes"), std::string(10'000, 'x'),
                                  std::string(68, 'x') + "kbtf", std::string(1, '\0')}) {
    spill(file, text);
    EXPECT_EQ(owner(), DatabaseOwner::unknown) << text.substr(0, 10);
  }
}

TEST_F(DatabaseOwnerTest, NonRegularFileIsAnothers) {
  fs::create_directory(file);
  EXPECT_EQ(owner(), DatabaseOwner::other);
  fs::remove(file);
  fs::create_symlink(dir.file("elsewhere", ""), file);
  EXPECT_EQ(owner(), DatabaseOwner::other);
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0); // and nobody waits for a writer
  EXPECT_EQ(owner_of_database(file), DatabaseOwner::other);
}

} // namespace
} // namespace kbtf::test
