// SPDX-License-Identifier: GPL-2.0-only
// The background worker: what it makes of a job, and of files that have moved on since.
#include "daemon/store/patch_worker.hpp"

#include "daemon/store/patch.hpp"
#include "tests/unit/expect.hpp"
#include "tests/unit/temp_dir.hpp"

#include <future>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

// The worker runs when the machine has nothing better to do; on a busy one that takes its time.
constexpr std::chrono::seconds k_deadline{100};

class PatchWorkerTest : public testing::Test {
protected:
  PatchWorkerTest() { EXPECT_TRUE(is_ok(reset_copy_dir(copies))); }

  // In place of the ELF reader: a file has BTF if its text says so.
  static BtfSections inspect(const std::string& path) {
    const std::string text = slurp(path);
    const auto at = text.find(".BTF");
    if (at == std::string::npos)
      return {false, hash_text(""), {}};
    return {true, hash_text(text.substr(at)), {{at, text.size() - at}}};
  }
  PatchJob job(PristineCopyPtr copy) {
    spill(ko, finished);
    return {ko, *stamp_of(ko), hash_text(blanked), hash_text(".BTF of a.ko"), std::move(copy), {},
            {}};
  }
  PristineCopyPtr copy_of(const std::string& text) {
    spill(ko, text);
    return *copy_pristine(ko, copies);
  }
  PatchResult work(PatchJob given) {
    std::promise<PatchResult> result;
    PatchWorker worker(inspect, [&](PatchResult r) { result.set_value(std::move(r)); });
    worker.add(std::move(given));
    auto future = result.get_future();
    if (future.wait_for(k_deadline) != std::future_status::ready)
      throw std::runtime_error("no result in time");
    return future.get();
  }

  TempDir dir;
  std::string copies = dir / "copies";
  std::string ko = dir / "a.ko";
  std::string pristine = std::string(5'000, 'p');
  std::string finished = pristine + ".BTF of a.ko";
  std::string blanked = pristine + std::string(12, '\0');
};

TEST_F(PatchWorkerTest, MakesPatchToPristine) {
  const PatchResult result = work(job(copy_of(pristine)));
  EXPECT_EQ(result.job.ko, ko);
  EXPECT_EQ(result.rest, hash_text(blanked));
  EXPECT_EQ(result.btf, hash_text(".BTF of a.ko"));
  const auto back = apply_patch(to_bytes(blanked), result.patch, 1 << 20);
  ASSERT_TRUE(is_ok(back));
  EXPECT_EQ(to_text(*back), pristine);
  EXPECT_EQ(result.job.pristine->hash(), hash_text(pristine));
}

TEST_F(PatchWorkerTest, OnlyHashesWithoutACopy) {
  PatchJob given = job(nullptr);
  given.rest = given.btf = {}; // adopted
  const PatchResult result = work(std::move(given));
  EXPECT_EQ(result.rest, hash_text(blanked));
  EXPECT_EQ(result.btf, hash_text(".BTF of a.ko"));
  EXPECT_TRUE(result.patch.empty());
}

TEST_F(PatchWorkerTest, SkipsFileWithNewStamp) {
  PatchJob given = job(copy_of(pristine));
  spill(ko, finished + " and more");
  const PatchResult result = work(std::move(given));
  EXPECT_FALSE(result.rest.is_known());
  EXPECT_FALSE(result.btf.is_known());
  EXPECT_TRUE(result.patch.empty());
}

// Changed within the step of its time stamp: the stamp is the same.
TEST_F(PatchWorkerTest, SkipsFileWithOtherContent) {
  for (ContentHash PatchJob::*part : {&PatchJob::rest, &PatchJob::btf}) {
    PatchJob given = job(copy_of(pristine));
    given.*part = {1, 2};
    const PatchResult result = work(std::move(given));
    EXPECT_FALSE(result.rest.is_known());
    EXPECT_FALSE(result.is_settled);
    EXPECT_TRUE(result.patch.empty());
  }
}

// The second look at the file meets another one.
TEST_F(PatchWorkerTest, SkipsFileChangedWhileRead) {
  PatchJob given = job(copy_of(pristine));
  std::promise<PatchResult> result;
  PatchWorker worker(
      [&](const std::string& path) {
        if (path == ko)
          spill(ko, finished + " and more");
        return inspect(path);
      },
      [&](PatchResult r) { result.set_value(std::move(r)); });
  worker.add(std::move(given));
  auto future = result.get_future();
  ASSERT_EQ(future.wait_for(k_deadline), std::future_status::ready);
  const PatchResult made = future.get();
  EXPECT_FALSE(made.rest.is_known());
  EXPECT_TRUE(made.patch.empty());
}

TEST_F(PatchWorkerTest, SkipsMissingFile) {
  PatchJob given = job(copy_of(pristine));
  std::filesystem::remove(ko);
  const PatchResult result = work(std::move(given));
  EXPECT_FALSE(result.rest.is_known());
  EXPECT_TRUE(result.patch.empty());
}

// A BTF step on such a file would not give what a clean build gives.
TEST_F(PatchWorkerTest, MakesNoPatchToAFileThatHasBtf) {
  const PatchResult result = work(job(copy_of(pristine + ".BTF of before")));
  EXPECT_EQ(result.rest, hash_text(blanked));
  EXPECT_TRUE(result.patch.empty());
}

TEST_F(PatchWorkerTest, MakesNoPatchToADamagedCopy) {
  const PristineCopyPtr copy = copy_of(pristine);
  spill(copy->path(), "damaged");
  const PatchResult result = work(job(copy));
  EXPECT_EQ(result.rest, hash_text(blanked));
  EXPECT_TRUE(result.patch.empty());
}

TEST_F(PatchWorkerTest, TakesJobsInOrderAndCountsThem) {
  std::promise<void> gate;
  std::promise<void> done;
  std::vector<std::string> order;
  const auto open = gate.get_future().share();
  PatchWorker worker(inspect, [&](const PatchResult& result) {
    open.wait();
    order.push_back(result.job.ko.substr(dir.path().size()));
    if (order.size() == 3)
      done.set_value();
  });
  EXPECT_EQ(worker.pending(), 0U);
  for (const char* name : {"b.ko", "a.ko", "c.ko"}) {
    const std::string path = dir.file(name, finished);
    worker.add({path, *stamp_of(path), {}, {}, nullptr, {}, {}});
  }
  EXPECT_EQ(worker.pending(), 3U); // none is delivered before the gate opens
  gate.set_value();
  ASSERT_EQ(done.get_future().wait_for(k_deadline), std::future_status::ready);
  EXPECT_EQ(order, (std::vector<std::string>{"/b.ko", "/a.ko", "/c.ko"}));
}

TEST_F(PatchWorkerTest, ReleasesCopiesOfDroppedJobs) {
  {
    std::promise<void> begun;
    std::promise<void> gate;
    std::once_flag once;
    const auto open = gate.get_future().share();
    const PristineCopyPtr copy = copy_of(pristine);
    const std::weak_ptr<const PristineCopy> alive = copy;
    PatchWorker worker(
        [&](const std::string& path) {
          std::call_once(once, [&] { begun.set_value(); });
          open.wait();
          return inspect(path);
        },
        [](const PatchResult&) {});
    for (int i = 0; i < 5; ++i)
      worker.add(job(copy));
    ASSERT_EQ(begun.get_future().wait_for(k_deadline), std::future_status::ready);
    gate.set_value();
  }
  EXPECT_TRUE(std::filesystem::is_empty(copies));
}

} // namespace
} // namespace kbtf::test
