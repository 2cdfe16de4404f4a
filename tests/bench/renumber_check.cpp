// SPDX-License-Identifier: GPL-2.0-only
// kbtf_renumber_check [--max N] [-j N] [--only REGEX] [--match TEXT] [--possible]
//     [--resolve-btfids PROGRAM [--gen-btf]] [--pahole-flags "FLAG…"] BASE DIR
// Is renumbering exact? DIR holds a modules.order and the modules, with DWARF and without .BTF;
// BASE is a vmlinux or raw BTF. For each change of the base (base_changes.hpp) and each module,
// renumbers what pahole made on BASE, and compares with what pahole makes on the changed base.
// Prints a table; fails if one byte is wrong. Takes about 50 ms per module and change; by default
// 100 modules of all.

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/renumber/renumber.hpp"
#include "tests/bench/base_changes.hpp"
#include "tests/bench/ids_oracle.hpp"
#include "tests/bench/programs.hpp"

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <regex>
#include <thread>
#include <unistd.h>

namespace kbtf::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Module {
  std::string name;
  Bytes split;
  Bytes full;
  std::optional<Profile> profile;
  std::optional<IdsOracle> oracle; // only if it has .BTF_ids
  Bytes ids;
};

// Calls f(module, worker) for all modules on some threads.
template <typename F> void for_each_module(std::vector<Module>& modules, unsigned jobs, F&& f) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (unsigned job = 0; job < jobs; ++job)
    threads.emplace_back([&, job] {
      for (std::size_t i = next++; i < modules.size(); i = next++)
        f(modules[i], job);
    });
  for (auto& thread : threads)
    thread.join();
}

struct Options {
  std::string base;
  std::string directory;
  std::string only;
  std::string resolve_btfids;
  std::string match;
  std::vector<std::string> flags{"--btf_gen_floats", "--lang_exclude=rust"};
  bool gen_btf = false;
  std::size_t max = 100;
  unsigned jobs = 2;
  bool possible = false;
};

struct Row {
  std::size_t served = 0;
  std::size_t wrong = 0;
  std::map<std::string, std::size_t> refused;
  std::map<std::string, std::size_t> ids;
  double microseconds = 0;
};

class Check {
public:
  explicit Check(Options options)
      : m_options(std::move(options)),
        m_work(fs::temp_directory_path() / ("kbtf-renumber-" + std::to_string(::getpid()))) {
    fs::create_directories(m_work);
  }
  ~Check() { fs::remove_all(m_work); }
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  // Returns the number of modules with a wrong byte.
  std::size_t run() {
    load();
    std::size_t wrong = 0;
    std::printf(
        "| base change | gone | added | served | exact | wrong | refused | map | per module "
        "|\n|---|--:|--:|--:|--:|--:|---|--:|--:|\n");
    for (const BaseChange& change : base_changes())
      if (std::regex_search(change.name, std::regex(m_options.only)))
        wrong += run_change(change);
    return wrong;
  }

private:
  void load();
  void load_names();
  void make_profiles();
  Bytes resolve(const Module& module, const Bytes& split, const fs::path& base);
  [[nodiscard]] GenBtf step(const Module& module, const fs::path& base, unsigned job);
  std::size_t run_change(const BaseChange& change);
  void check_module(const BaseMap& map, const Module& module, unsigned job, Row& row);
  [[nodiscard]] fs::path source(const Module& module) const {
    return fs::path(m_options.directory) / module.name;
  }

  Options m_options;
  fs::path m_work;
  Bytes m_base_bytes;
  std::shared_ptr<const BtfBase> m_base;
  std::vector<Module> m_modules;
  Usage m_usage;
  std::mutex m_mutex;
};

void Check::load_names() {
  std::ifstream order(fs::path(m_options.directory) / "modules.order");
  std::vector<std::string> names;
  for (std::string name; std::getline(order, name);)
    if (name.find(m_options.match) != std::string::npos)
      names.push_back(name);
  const std::size_t count = std::min(m_options.max, names.size());
  for (std::size_t i = 0; i < count; ++i) // spread over all
    m_modules.push_back({names[i * names.size() / count], {}, {}, {}, {}, {}});
}

void Check::load() {
  auto base = read_base_btf(m_options.base);
  if (!base)
    throw std::runtime_error(base.error().text);
  m_base_bytes = std::move(base->bytes);
  auto parsed = BtfBase::parse(m_base_bytes);
  if (!parsed)
    throw std::runtime_error(parsed.error().text);
  m_base = *parsed;
  write_bytes(m_work / "base.btf", m_base_bytes);
  load_names();
  for_each_module(m_modules, m_options.jobs, [&](Module& module, unsigned job) {
    const fs::path out = m_work / ("out" + std::to_string(job));
    GenBtf made = step(module, m_work / "base.btf", job);
    module.split = std::move(made.btf);
    module.ids = std::move(made.ids);
    module.full = run_pahole(source(module), {}, out, m_options.flags);
    if (IdsOracle oracle(source(module)); oracle.has_ids())
      module.oracle = std::move(oracle);
  });
  if (m_options.resolve_btfids.empty())
    for (Module& module : m_modules)
      module.oracle.reset();
  for (Module& module : m_modules)
    if (module.oracle && !m_options.gen_btf)
      module.ids = resolve(module, module.split, m_work / "base.btf");
  make_profiles();
}

// The BTF step; up to Linux 6.19 without resolve_btfids, which only looks at the result.
GenBtf Check::step(const Module& module, const fs::path& base, unsigned job) {
  const fs::path work = m_work / ("out" + std::to_string(job));
  if (m_options.gen_btf)
    return run_gen_btf(source(module), base, work.string() + ".d", m_options.flags,
                       m_options.resolve_btfids);
  return {run_pahole(source(module), base, work, m_options.flags), {}};
}

Bytes Check::resolve(const Module& module, const Bytes& split, const fs::path& base) {
  const std::lock_guard lock(m_mutex);
  write_bytes(m_work / "split.btf", split);
  return module.oracle->resolve(m_options.resolve_btfids, m_work / "split.btf", base, m_work);
}

void Check::make_profiles() {
  auto profiler = Profiler::make(m_base);
  if (!profiler)
    throw std::runtime_error(profiler.error().text);
  const auto start = Clock::now();
  std::size_t bytes = 0;
  std::set<std::string> strings;
  const BtfView& base = m_base->parts().view;
  for (Module& module : m_modules) {
    using From = Profiler::UsesFrom;
    auto made = profiler->profile(module.full, module.split,
                                  m_options.gen_btf    ? From::resolve_btfids
                                  : m_options.possible ? From::possibility
                                                       : From::deduplication);
    if (!made) {
      std::printf("%s: no profile: %s\n", module.name.c_str(), made.error().text.c_str());
      continue;
    }
    module.profile = *std::move(made);
    bytes += module.profile->serialize().size();
    ++m_usage.modules;
    for (const std::uint32_t id : module.profile->uses())
      ++m_usage.types[id];
    const auto view = BtfView::parse(module.split, &base);
    for_each_own_string(*view, [&](std::uint32_t, std::string_view s) { strings.emplace(s); });
    for (std::uint32_t id = view->first_id(); id < view->type_count(); ++id)
      for_each_string(view->type(id), [&](std::uint32_t offset) {
        if (offset < base.string_size())
          ++m_usage.shared_strings[view->string(offset)];
      });
  }
  m_usage.own_strings.assign(strings.begin(), strings.end());
  const auto count = static_cast<double>(std::max<std::size_t>(m_modules.size(), 1));
  std::printf("%zu modules, %zu with a profile: %.1f ms and %.0f bytes each\n\n", m_modules.size(),
              m_usage.modules, milliseconds_since(start) / count,
              static_cast<double>(bytes) / count);
}

void Check::check_module(const BaseMap& map, const Module& module, unsigned job, Row& row) {
  if (!module.profile)
    return;
  const auto start = Clock::now();
  const Renumbered made = renumber_split(map, *module.profile, module.split);
  const double microseconds = milliseconds_since(start) * 1000;
  GenBtf expected;
  if (made)
    expected = step(module, m_work / "new.btf", job);
  std::string ids = "none";
  if (made && module.oracle) {
    const Renumbered moved =
        renumber_ids(map, module.split, made.bytes, module.ids, module.oracle->symbols());
    if (moved && !m_options.gen_btf)
      expected.ids = resolve(module, expected.btf, m_work / "new.btf");
    ids = !moved ? "refused" : moved.bytes == expected.ids ? "exact" : "wrong";
  }
  const std::lock_guard lock(m_mutex);
  ++row.ids[ids];
  row.microseconds += microseconds;
  if (!made) {
    ++row.refused[to_string(made.refusal)];
    return;
  }
  ++row.served;
  if (made.bytes == expected.btf && ids != "wrong")
    return;
  ++row.wrong;
  std::printf("WRONG: %s: %zu bytes, pahole %zu\n", module.name.c_str(), made.bytes.size(),
              expected.btf.size());
}

std::size_t Check::run_change(const BaseChange& change) {
  test::BaseModel model(m_base_bytes);
  change.apply(model, m_usage);
  const Bytes changed = model.bytes();
  write_bytes(m_work / "new.btf", changed);
  auto base = BtfBase::parse(changed);
  if (!base)
    throw std::runtime_error(change.name + ": " + base.error().text);
  const auto start = Clock::now();
  auto map = BaseMap::make(m_base, *base);
  if (!map)
    throw std::runtime_error(change.name + ": " + map.error().text);
  const double map_ms = milliseconds_since(start);
  Row row;
  for_each_module(m_modules, m_options.jobs,
                  [&](Module& module, unsigned job) { check_module(**map, module, job, row); });
  std::string refused;
  for (const auto& [reason, count] : row.refused)
    refused += (refused.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
  std::printf("| %s | %zu | %zu | %zu | %zu | %zu | %s | %zu, %zu | %.0f ms, %.1f MB | %.0f us |\n",
              change.name.c_str(), (*map)->gone(), (*map)->added(), row.served,
              row.served - row.wrong, row.wrong, refused.empty() ? "0" : refused.c_str(),
              row.ids["exact"], row.ids["refused"], map_ms,
              static_cast<double>((*map)->bytes()) / 1e6,
              row.microseconds / static_cast<double>(std::max<std::size_t>(m_usage.modules, 1)));
  std::fflush(stdout);
  return row.wrong;
}

} // namespace
} // namespace kbtf::bench

int main(int argc, char** argv) {
  kbtf::bench::Options options;
  CLI::App app("Compares renumbered BTF with pahole's");
  app.add_option("base", options.base, "vmlinux or raw BTF")->required();
  app.add_option("directory", options.directory, "modules.order and modules")->required();
  app.add_option("--max", options.max, "at most N modules, spread over all (default 100)");
  app.add_option("--only", options.only, "changes whose name matches REGEX");
  app.add_option("--resolve-btfids", options.resolve_btfids, "compare .BTF_ids as well");
  app.add_option("--match", options.match, "only modules whose name contains TEXT");
  app.add_option("--pahole-flags", options.flags, "instead of those of Linux 6.1 and pahole 1.24")
      ->delimiter(' ');
  app.add_flag("--gen-btf", options.gen_btf,
               "the BTF step of Linux 7.0 and later; goes with --resolve-btfids");
  app.add_flag("--possible", options.possible,
               "profiles of all that a module can use (daemon/renumber/possible_uses.hpp)");
  app.add_option("-j", options.jobs, "threads (default 2)");
  CLI11_PARSE(app, argc, argv);
  try {
    return kbtf::bench::Check(options).run() == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kbtf_renumber_check: %s\n", error.what());
    return 2;
  }
}
