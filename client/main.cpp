// SPDX-License-Identifier: GPL-2.0-only
// kbtf: parses the command line and hands over to a verb.
#include "client/build_verbs.hpp"
#include "client/people_verbs.hpp"
#include "client/run_step.hpp"
#include "proto/version.hpp"

#include <csignal>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

namespace kbtf {
namespace {

struct Options {
  PlanOptions plan;
  RunOptions run;
  std::optional<std::string> idle_exit;
  std::string ko, base;
  std::vector<std::string> paths;
  bool json = false, zero = false, quiet = false;

  [[nodiscard]] Format format() const { return json ? Format::json : Format::text; }
};

void add_build_verbs(CLI::App& app, Options& o) {
  app.add_subcommand("make", "Run make with kbtf: kbtf make [make's arguments]");
  app.add_subcommand("env", "Print shell commands that turn kbtf on: eval \"$(kbtf env)\"");

  auto* plan = app.add_subcommand("plan", "Used by kbtf.mk: plan a module stage");
  plan->add_option("--modules-order", o.plan.modules_order)->required();
  plan->add_option("--target", o.plan.target)->required();
  plan->add_option("--command", o.plan.command)->required();
  plan->add_option("--tool", o.plan.tools)->allow_extra_args(false);
  plan->add_option("--dropped-flag", o.plan.dropped_flag);
  plan->add_flag("--reasons", o.plan.with_reasons);
  plan->group("");

  auto* run = app.add_subcommand("run", "Used by kbtf.mk: run a module's BTF step");
  run->add_option("--stage", o.run.stage)->required();
  run->add_option("--ko", o.run.ko)->required();
  run->add_option("--command", o.run.command)->required();
  run->add_option("--relink", o.run.relink)->required();
  run->add_option("--shell", o.run.shell);
  run->add_option("--quiet", o.run.quiet);
  run->add_flag("--linked", o.run.linked);
  run->group("");
}

void add_people_verbs(CLI::App& app, Options& o) {
  auto* start = app.add_subcommand("start", "Start the daemon unless it is running");
  start->add_option("--idle-exit", o.idle_exit, "Seconds without a request, 0: never (10800)");
  start->add_flag("--quiet", o.quiet, "Print nothing on success");
  app.add_subcommand("stop", "Stop the daemon");
  auto* status = app.add_subcommand("status", "Show the daemon and the trees it knows");
  status->add_flag("--json", o.json, "Print JSON");
  auto* stats = app.add_subcommand("stats", "Show what was linked, stepped and left alone");
  stats->add_flag("--json", o.json, "Print JSON");
  stats->add_flag("-z,--zero", o.zero, "Set the totals to zero first");
  auto* explain = app.add_subcommand("explain", "Say why a module was built, and what changed");
  explain->add_option("ko", o.ko, "A .ko file")->required();
  explain->add_flag("--json", o.json, "Print JSON");
  auto* verify = app.add_subcommand("verify", "Check modules' BTF against the base");
  verify->add_option("paths", o.paths, "Object trees or .ko files (default: here)");
  verify->add_option("--base", o.base, "vmlinux or raw BTF to check against");
  verify->add_flag("--json", o.json, "Print JSON");
  auto* drain = app.add_subcommand("drain", "Wait until the daemon's background work is done");
  drain->group("");
}

int dispatch(const CLI::App& app, Options& o) {
  const CLI::App* verb = app.get_subcommands().front();
  const std::string& name = verb->get_name();
  if (name == "run")
    run_step(o.run);
  if (name == "plan")
    return plan_verb(o.plan);
  if (name == "env")
    return env_verb();
  if (name == "start")
    return start_verb(o.idle_exit, o.quiet);
  if (name == "stop")
    return stop_verb();
  if (name == "status")
    return status_verb(o.format());
  if (name == "stats")
    return stats_verb(o.format(), o.zero);
  if (name == "explain")
    return explain_verb(o.ko, o.format());
  if (name == "verify")
    return verify_verb(o.paths, o.base, o.format());
  return drain_verb();
}

int run(int argc, char** argv) {
  // Everything behind "make" is make's, --help and --version too.
  if (argc > 1 && std::string(argv[1]) == "make")
    return make_verb({argv + 2, argv + argc});
  if (argc == 3 && std::string(argv[1]) == "-c")
    return stage_end_as_shell(argv[2]);
  Options options;
  CLI::App app{"kbtf: incremental module BTF for kernel builds.\n"
               "Start with:  kbtf make -C linux O=... -j8\n"};
  app.set_version_flag("--version", std::string("kbtf ") + k_version);
  app.require_subcommand(1);
  add_build_verbs(app, options);
  add_people_verbs(app, options);
  CLI11_PARSE(app, argc, argv);
  return dispatch(app, options);
}

} // namespace
} // namespace kbtf

int main(int argc, char** argv) {
  try {
    return kbtf::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "kbtf: " << e.what() << '\n';
    return 1;
  }
}
