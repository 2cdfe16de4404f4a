// SPDX-License-Identifier: GPL-2.0-only
// kbtfd: reads as a table of contents. Lock, detach, state directory, socket, state, log, event
// loop. Also `kbtfd --verify`, which `kbtf verify` runs in its own process: hostile BTF must not be
// parsed in the daemon that builds depend on.
#include "daemon/server/instance.hpp"
#include "daemon/server/limits.hpp"
#include "daemon/server/listener.hpp"
#include "daemon/server/logging.hpp"
#include "daemon/server/service.hpp"
#include "daemon/store/state_dir.hpp"
#include "daemon/verify/verify_command.hpp"
#include "proto/endpoint.hpp"
#include "proto/version.hpp"
#include "util/lock_file.hpp"
#include "util/own_user.hpp"
#include "util/private_dir.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <sys/stat.h>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <malloc.h>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

constexpr int k_longest_idle = 1'000'000'000; // seconds: 30 years, and no clock overflows

struct Options {
  bool foreground = false;
  std::uint64_t idle_exit = 3 * 3600; // seconds
  VerifyOptions verify;
  bool no_renumber = false;
  bool no_self_check = false;
};

int fail(const Error& error) {
  std::cerr << "kbtfd: " << error.text << '\n';
  return error.kind == ErrorKind::refused ? 2 : 1;
}

// Without a state directory nothing is kept on disk.
Places places_in(const StateDir& state, const Options& options) {
  Places places{runtime_dir(), state.path, {}, {}, {}, {}, {}};
  if (state.path.empty())
    return places;
  places.copy_dir = state.path + "/pristine";
  if (!options.no_renumber)
    places.base_dir = state.path + "/bases";
  if (!options.no_self_check)
    places.check_dir = state.path + "/checks";
  return places;
}

int serve(const Options& options, const StateDir& state, Fd socket) {
  Places places = places_in(state, options);
  std::string warning;
  StateDb db = state.path.empty() ? StateDb::in_memory() : StateDb::open(state.path, warning);
  if (!state.warning.empty())
    warning = state.warning + "; keeping the state in memory";
  places.state_warning = warning;
  places.log = set_up_logging(options.foreground, state.path);
  spdlog::info("kbtfd {} starts, state {}", k_version, db.where());
  if (!warning.empty())
    spdlog::warn("{}", warning);
  if (!places.copy_dir.empty())
    if (auto made = reset_copy_dir(places.copy_dir); !made) {
      spdlog::warn("{}; modules will be linked again when the base changes", made.error().text);
      places.copy_dir.clear();
    }
  boost::asio::io_context loop;
  Service service(loop, places, std::move(db), [&loop] { loop.stop(); });
  Listener listener(loop, std::move(socket), service, std::chrono::seconds(options.idle_exit),
                    [&loop] {
                      spdlog::info("idle: exit");
                      loop.stop();
                    });
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  signals.async_wait([&loop](boost::system::error_code error, int number) {
    if (error)
      return;
    spdlog::info("signal {}: exit", number);
    loop.stop();
  });
  if (!options.foreground)
    if (auto dropped = drop_streams(); !dropped)
      spdlog::warn("standard streams: {}", dropped.error().text);
  loop.run();
  // A reply to "stop" is still queued: let it be written. Whoever connects after that reply must
  // not find this daemon but start the next.
  listener.stop();
  loop.restart();
  loop.poll();
  spdlog::info("kbtfd stops");
  return 0;
}

// The pool's threads, the workers and the main thread.
unsigned thread_count() {
  constexpr unsigned k_others = 4;
  return std::max(1u, std::thread::hardware_concurrency()) + k_others;
}

int run_daemon(const Options& options) {
  reset_signals();
  if (auto enough = check_limits(thread_count()); !enough)
    return fail(enough.error());
  // Two arenas are enough, and keep resident memory from growing.
  ::mallopt(M_ARENA_MAX, 2);
  auto passed = socket_from_systemd();
  if (!passed)
    return fail(passed.error());
  Fd socket = *std::move(passed);
  close_other_descriptors(socket);
  if (auto made = make_private_dir(runtime_dir()); !made)
    return fail(made.error());
  auto lock = take_lock(lock_path());
  if (!lock)
    return fail(lock.error());
  if (auto done = detach(options.foreground ? Foreground::yes : Foreground::no); !done)
    return fail(done.error());
  // Before anybody can connect: if another daemon has it, this one does not start.
  const auto state = claim_state_dir(state_dir(), runtime_dir());
  if (!state)
    return fail(state.error());
  const bool is_own_socket = !socket;
  if (is_own_socket) {
    auto made = listen_on(socket_path());
    if (!made)
      return fail(made.error());
    socket = *std::move(made);
  }
  const int status = serve(options, *state, std::move(socket));
  if (is_own_socket)
    if (const auto there = owner_of(socket_path()); there && S_ISSOCK(there->mode))
      ::unlink(socket_path().c_str());
  return status;
}

int run(int argc, char** argv, bool& is_verify) {
  Options options;
  CLI::App app{
      "kbtfd: records what the BTF of kernel modules was made from, and tells kbtf what is "
      "stale.\n"
      "Started by 'kbtf make', 'kbtf start' or systemd; see man kbtfd.\n"};
  app.set_version_flag("--version", std::string("kbtfd ") + k_version);
  app.add_flag("--foreground", options.foreground,
               "Stay attached to the terminal, log to standard error");
  app.add_option("--idle-exit", options.idle_exit,
                 "Exit after this many seconds without a request; 0: never")
      ->check(CLI::Range(0, k_longest_idle))
      ->capture_default_str();
  app.add_flag("--no-renumber", options.no_renumber,
               "Run the BTF step on every module when the base changes")
      ->envname("KBTF_NO_RENUMBER");
  app.add_flag("--no-self-check", options.no_self_check,
               "Do not rebuild a module the stock way after each stage to compare it")
      ->envname("KBTF_NO_SELF_CHECK");
  app.add_flag("--verify", is_verify, "Check modules and exit: what kbtf verify runs");
  app.add_option("--base", options.verify.base,
                 "With --verify: vmlinux or raw BTF to check against");
  app.add_option("--regenerate", options.verify.regenerate,
                 "With --verify: rebuild this many modules the stock way and compare; 0: all");
  app.add_flag("--json", options.verify.json, "With --verify: print JSON");
  app.add_option("paths", options.verify.paths,
                 "With --verify: object trees or .ko files (default: the current directory)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1; // 2 means that another kbtfd runs
  }
  return is_verify ? run_verify(options.verify) : run_daemon(options);
}

} // namespace
} // namespace kbtf

int main(int argc, char** argv) {
  bool is_verify = false;
  try {
    kbtf::raise_limits();
    return kbtf::run(argc, argv, is_verify);
  } catch (const std::exception& e) {
    std::cerr << (is_verify ? "kbtf: " : "kbtfd: ") << kbtf::in_words(e) << '\n';
    return is_verify ? 2 : 1; // 1 of --verify means that a module is bad
  }
}
