// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/verify/regenerate_modules.hpp"

#include "daemon/stage/self_check.hpp"
#include "daemon/store/state_dir.hpp"
#include "proto/endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace kbtf {
namespace {

// What the modules of one tree are rebuilt with.
struct Workshop {
  StageSpec spec;
  std::string base_path;
  std::unique_ptr<const Regenerator> regenerator; // null: see `why_not`
  std::string why_not;
};

struct Job {
  const ModuleRecord* record;
  const Workshop* workshop;
};

Workshop make_workshop(const TreeRecord& tree, const KnownState& state, FileHashes& hashes,
                       const std::string& scratch) {
  Workshop workshop;
  const auto spec = state.specs.find(tree.tree);
  if (spec == state.specs.end()) {
    workshop.why_not = "how its tree was built is not known";
    return workshop;
  }
  workshop.spec = spec->second;
  auto facts = gather_facts(workshop.spec, hashes);
  if (!facts) {
    workshop.why_not = facts.error().text;
    return workshop;
  }
  workshop.base_path = facts->base_path;
  workshop.regenerator = std::make_unique<const Regenerator>(
      workshop.spec, std::make_shared<const StageFacts>(*std::move(facts)), hashes, scratch, -1);
  return workshop;
}

// Picks different modules for each base, and always the same for the same base.
void take_sample(std::vector<Job>& jobs, std::size_t sample) {
  if (sample == 0 || jobs.size() <= sample)
    return;
  const auto rank = [](const Job& job) {
    return hash_text(job.record->ko + job.record->key.base.hex());
  };
  std::ranges::sort(jobs, {}, rank);
  jobs.resize(sample);
}

class Progress {
public:
  explicit Progress(std::size_t all) : m_all(all), m_is_shown(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (m_is_shown)
      std::cerr << "\r\033[K";
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void step() {
    ++m_done;
    if (m_is_shown)
      std::cerr << "\rmaking modules again: " << m_done << " of " << m_all << std::flush;
  }

private:
  std::size_t m_all;
  std::size_t m_done = 0;
  bool m_is_shown;
};

void check_one(const Job& job, RegenerateResult& result, std::mutex& mutex) {
  const Workshop& workshop = *job.workshop;
  SelfCheck made;
  made.record = *job.record;
  made.text = workshop.why_not;
  if (workshop.regenerator)
    made = self_check(*workshop.regenerator, workshop.spec, workshop.base_path, state_dir(),
                      *job.record);
  const std::lock_guard lock(mutex);
  if (made.result == Regenerated::Result::same)
    ++result.same;
  else if (made.result == Regenerated::Result::different)
    result.different.push_back({made.record.ko, std::move(made.text)});
  else
    result.unchecked.push_back({made.record.ko, std::move(made.text)});
}

void check_all(const std::vector<Job>& jobs, RegenerateResult& result) {
  std::mutex mutex;
  Progress progress(jobs.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < jobs.size(); at = next++) {
      check_one(jobs[at], result, mutex);
      const std::lock_guard lock(mutex);
      progress.step();
    }
  };
  std::vector<std::thread> threads;
  try {
    for (unsigned i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
      threads.emplace_back(work);
  } catch (const std::system_error&) {
    // At the process limit: the threads that started do all the work.
  }
  work();
  for (auto& thread : threads)
    thread.join();
}

} // namespace

RegenerateResult regenerate_modules(const ModuleGroups& groups, std::size_t sample,
                                    const KnownState& state) {
  RegenerateResult result;
  const std::string scratch = state_dir() + "/verify-" + std::to_string(::getpid());
  FileHashes hashes;
  std::map<const TreeRecord*, Workshop> workshops;
  std::vector<Job> jobs;
  for (const auto& [base, modules] : groups)
    for (const auto& ko : modules) {
      const auto record = state.records.find(ko);
      const TreeRecord* tree = state.tree_of(ko);
      if (record == state.records.end() || !tree) {
        result.unchecked.push_back({ko, "kbtf has no record of it"});
        continue;
      }
      const auto [it, is_new] = workshops.try_emplace(tree);
      if (is_new)
        it->second = make_workshop(*tree, state, hashes, scratch);
      jobs.push_back({&record->second, &it->second});
    }
  take_sample(jobs, sample);
  if (jobs.empty())
    return result; // nothing is known: the state directory may not even be kbtf's
  if (auto made = make_state_subdir(scratch); !made) {
    for (const auto& job : jobs)
      result.unchecked.push_back({job.record->ko, made.error().text});
    return result;
  }
  check_all(jobs, result);
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  const auto by_name = [](const Finding& a, const Finding& b) { return a.ko < b.ko; };
  std::ranges::sort(result.different, by_name);
  std::ranges::sort(result.unchecked, by_name);
  return result;
}

} // namespace kbtf
