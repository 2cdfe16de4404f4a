// SPDX-License-Identifier: GPL-2.0-only
#include "client/people_verbs.hpp"

#include "client/child.hpp"
#include "client/connection.hpp"
#include "client/locate.hpp"
#include "client/spawn_daemon.hpp"
#include "client/stop_daemon.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kbtf {
namespace {

int fail(const Error& error) {
  std::cerr << "kbtf: " << error.text << '\n';
  return 1;
}

template <typename Request>
Expected<typename VerbOf<Request>::Reply> ask_daemon(const Request& request, Limits limits = {}) {
  auto connection = Connection::open(limits);
  if (!connection)
    return connection.forward_error();
  return connection->ask(request);
}

// Waits for the remaining work, for 24 hours at most: no build waits for this.
Expected<DrainReply> drain_daemon() {
  return ask_daemon(DrainRequest{}, {k_silence_limit, std::chrono::hours{24}});
}

void print_json(const nlohmann::json& value) {
  std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_counts(const char* title, const Counts& n) {
  std::cout << title << '\n'
            << "  modules          " << n.modules << '\n'
            << "  untouched        " << n.untouched << '\n'
            << "  linked           " << n.linked << '\n'
            << "  BTF run          " << n.btf_run << '\n'
            << "  BTF cached       " << n.btf_cached << '\n'
            << "  BTF renumbered   " << n.btf_renumbered << '\n'
            << "  stock fallback   " << n.fallback_stock << '\n';
}

void print_undone(std::uint64_t count, const char* what) {
  if (count != 0)
    std::cout << "  " << count << ' ' << what << ": rebuild " << (count == 1 ? "it" : "them")
              << '\n';
}

std::string shown(const std::string& value) {
  constexpr std::size_t k_wide = 60;
  return value.size() <= k_wide ? value : value.substr(0, k_wide) + "…";
}

// A path as in the daemon's records: absolute, without symbolic links.
std::string canonical(const std::string& path) {
  std::error_code ignored;
  // Absolute first: weakly_canonical leaves the name of a missing file relative.
  auto full = std::filesystem::weakly_canonical(std::filesystem::absolute(path), ignored).string();
  while (full.size() > 1 && full.back() == '/')
    full.pop_back();
  return full;
}

} // namespace

int start_verb(const std::optional<std::string>& idle_exit, bool quiet) {
  auto connection = ensure_daemon(idle_exit);
  if (!connection)
    return fail(connection.error());
  if (quiet)
    return 0;
  std::cout << "kbtfd " << connection->greeting().kbtfd << " is running\n";
  if (auto status = connection->ask(StatusRequest{}); status && !status->state_warning.empty())
    std::cerr << "kbtf: " << status->state_warning << '\n';
  return 0;
}

int stop_verb() {
  const auto stopped = stop_daemon();
  if (!stopped)
    return fail(stopped.error());
  std::cout << *stopped << '\n';
  return 0;
}

int status_verb(Format format) {
  auto status = ask_daemon(StatusRequest{});
  if (!status)
    return fail(status.error());
  if (format == Format::json) {
    print_json(*status);
    return 0;
  }
  std::cout << "kbtfd " << status->version << ", pid " << status->pid << ", up " << status->uptime_s
            << " s, " << status->resident_kib / 1024 << " MiB resident\n"
            << "  socket in   " << status->runtime_dir << '\n'
            << "  state       " << status->state
            << (status->state_warning.empty() ? "" : " (" + status->state_warning + ")") << '\n'
            << "  log         " << (status->log.empty() ? "none" : status->log) << '\n'
            << "  watching    " << status->watch << '\n'
            << "  modules     " << status->modules << " recorded, " << status->pending_patches
            << " patches pending\n";
  for (const auto& mark : status->distrusted)
    std::cout << "  distrusted  " << mark << '\n';
  for (const auto& stage : status->stages)
    std::cout << "  tree        " << stage.tree << '\n'
              << "              last module stage " << stage.at << ", " << stage.modules_order
              << '\n'
              << "              base " << stage.base << ' ' << stage.base_hash << '\n'
              << "              tools " << stage.tool_key << '\n';
  return 0;
}

int tree_status_verb(const std::string& tree, Format format) {
  auto status = ask_daemon(StatusRequest{canonical(tree)});
  if (!status)
    return fail(status.error());
  const TreeStatus& t = status->tree;
  const std::uint64_t others = t.modules - t.as_recorded - t.missing - t.unfinished;
  const bool is_good = t.known && t.stage.why_stock.empty() && t.why_unknown.empty() &&
                       t.as_recorded == t.modules && t.other_base + t.other_tools == 0;
  if (format == Format::json) {
    print_json(t);
    return is_good ? 0 : 1;
  }
  if (!t.known)
    return fail({ErrorKind::not_found,
                 tree + ": no module stage under kbtf is on record. Build it with kbtf make; plain "
                        "make needs MAKEFILES from kbtf env (sudo and env -i drop it)"});
  std::cout << t.stage.tree << '\n'
            << "  last stage  " << t.stage.at << ", " << t.stage.modules_order << '\n'
            << "  kernel      " << t.stage.kernel << ", " << t.stage.rule << '\n';
  if (!t.stage.why_stock.empty())
    std::cout << "  fell back to the stock build: " << t.stage.why_stock << '\n';
  else
    std::cout << "  base        " << t.stage.base << ' ' << t.stage.base_hash << '\n'
              << "  tools       " << t.stage.tool_key << '\n';
  std::cout << "  modules     " << t.modules << ", " << t.as_recorded << " as kbtf left them";
  if (t.missing != 0)
    std::cout << ", " << t.missing << " missing";
  std::cout << '\n';
  print_undone(t.other_base, "built against another vmlinux");
  print_undone(t.other_tools, "built with other BTF tools, flags or linker");
  print_undone(t.unfinished, "with an unfinished BTF step");
  if (!t.why_unknown.empty() && t.stage.why_stock.empty())
    std::cout << "  not compared with the current base and tools: " << t.why_unknown << '\n';
  if (others != 0 && t.stage.why_stock.empty())
    std::cout << "  " << others << " written since then without kbtf, for example " << t.first_other
              << "; was MAKEFILES set (sudo and env -i drop it), and kbtfd running?\n";
  return is_good ? 0 : 1;
}

int restore_verb(const std::string& tree, Format format) {
  auto restored = ask_daemon(RestoreRequest{canonical(tree)});
  if (!restored)
    return fail(restored.error());
  if (format == Format::json)
    print_json(*restored);
  else
    std::cout << tree << ": " << restored->touched << " modules given vmlinux's time stamp, "
              << restored->removed << " removed, " << restored->kept << " left alone\n";
  return 0;
}

int stats_verb(Format format, bool zero) {
  auto stats = ask_daemon(StatsRequest{zero});
  if (!stats)
    return fail(stats.error());
  if (format == Format::json) {
    print_json(*stats);
    return 0;
  }
  print_counts("last stage", stats->last_stage);
  print_counts("total", stats->totals);
  std::cout << "self-checks\n"
            << "  same             " << stats->self_checks.same << '\n'
            << "  different        " << stats->self_checks.different << '\n'
            << "  unchecked        " << stats->self_checks.unchecked << '\n'
            << "  adopted, differ  " << stats->self_checks.adopted_different << '\n';
  return 0;
}

int explain_verb(const std::string& ko, Format format) {
  // A missing module can still have a record; nothing else can.
  if (!ko.ends_with(".ko"))
    return fail({ErrorKind::unsupported, ko + ": not a .ko file"});
  auto explained = ask_daemon(ExplainRequest{canonical(ko)});
  if (!explained)
    return fail(explained.error());
  if (format == Format::json) {
    print_json(*explained);
    return explained->known ? 0 : 1;
  }
  std::cout << explained->ko << '\n' << "  state   " << explained->state << '\n';
  if (!explained->reason.empty())
    std::cout << "  last    " << explained->reason << " (" << explained->at << ")\n";
  for (const auto& input : explained->inputs) {
    std::cout << "  " << (input.changed ? "changed " : "same    ") << input.name << '\n';
    if (input.changed)
      std::cout << "            was " << shown(input.recorded) << '\n'
                << "            now " << shown(input.now) << '\n';
  }
  return explained->known ? 0 : 1;
}

int drain_verb() {
  auto drained = drain_daemon();
  return drained ? 0 : fail(drained.error());
}

int verify_verb(const std::vector<std::string>& paths, const std::string& base,
                const std::optional<std::string>& regenerate, Format format) {
  auto program = daemon_path();
  if (!program)
    return fail(program.error());
  // It reads the module records of the state, which are complete once the daemon has drained.
  if (regenerate) {
    const bool is_shown =
        ::isatty(STDERR_FILENO) == 1; // right after a first build this takes a while
    if (is_shown)
      std::cerr << "waiting for kbtfd to finish with the last build" << std::flush;
    static_cast<void>(drain_daemon());
    if (is_shown)
      std::cerr << "\r\033[K" << std::flush;
  }
  std::vector<std::string> words{*program, "--verify"};
  if (!base.empty())
    words.insert(words.end(), {"--base", base});
  if (regenerate)
    words.push_back("--regenerate=" + *regenerate);
  if (format == Format::json)
    words.emplace_back("--json");
  words.emplace_back("--");
  words.insert(words.end(), paths.begin(), paths.end());
  return fail(become(words));
}

} // namespace kbtf
