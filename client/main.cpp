// SPDX-License-Identifier: GPL-2.0-only
// kbtf: parses the command line and calls a verb.
#include "client/build_verbs.hpp"
#include "client/link_text.hpp"
#include "client/people_verbs.hpp"
#include "client/run_step.hpp"
#include "client/stage_end.hpp"
#include "proto/version.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace kbtf {
namespace {

struct Options {
  PlanOptions plan;
  RunOptions run;
  SameLinkOptions same_link;
  std::optional<std::string> idle_exit;
  std::string ko, base, tree;
  std::vector<std::string> paths;
  std::optional<std::string> regenerate;
  bool json = false, zero = false, quiet = false;

  [[nodiscard]] Format format() const { return json ? Format::json : Format::text; }
};

void add_build_verbs(CLI::App& app, Options& o) {
  app.add_subcommand("make", "Run make with kbtf: kbtf make -C linux O=... -j8");
  app.add_subcommand("env",
                     "Print shell commands that turn kbtf on for plain make: eval \"$(kbtf env)\"");

  auto* plan = app.add_subcommand(
      "plan", "Used by kbtf.mk: plan a module stage and print the plan as make assignments");
  plan->add_option("--modules-order", o.plan.modules_order, "$(MODORDER)")->required();
  plan->add_option("--target", o.plan.target, "The .ko that --command is expanded for")->required();
  plan->add_option("--command", o.plan.command, "cmd_btf_ko, expanded");
  plan->add_option("--relink", o.plan.relink, "cmd_ld_ko_o, expanded");
  plan->add_option("--inputs", o.plan.inputs, "What --relink reads");
  plan->add_option("--count", o.plan.module_count, "Modules of the stage, each counted once");
  plan->add_option("--tool", o.plan.tools, "A program that --command runs; may be repeated")
      ->allow_extra_args(false);
  plan->add_option("--pahole-flags", o.plan.pahole_flags, "$(PAHOLE_FLAGS)");
  plan->add_option("--script-flags", o.plan.script_flags,
                   "Flags that a tree script takes from the environment");
  plan->add_flag("--ends", o.plan.sends_stage_end, "The stage will end with kbtf -c");
  plan->add_option("--dropped-flag", o.plan.dropped_flag, "A flag left out of PAHOLE_FLAGS");
  plan->add_option("--kernel", o.plan.kernel, "$(KERNELVERSION)");
  plan->add_option("--rule", o.plan.rule, "Shape of the tree's rule");
  plan->add_flag("--reasons", o.plan.with_reasons, "Print a reason per module, too");
  plan->group("");

  auto* run = app.add_subcommand(
      "run", "Used by kbtf.mk: run one module's BTF step from its pristine bytes");
  run->add_option("--stage", o.run.stage, "Stage id printed by plan")->required();
  run->add_option("--ko", o.run.ko, "The module")->required();
  run->add_option("--command", o.run.command, "cmd_btf_ko, expanded")->required();
  run->add_option("--relink", o.run.relink, "cmd_ld_ko_o, expanded")->required();
  run->add_option("--inputs", o.run.inputs, "What --relink reads");
  run->add_option("--shell", o.run.shell, "$(SHELL), for both commands");
  run->add_option("--shell-flags", o.run.shell_flags, "$(.SHELLFLAGS)");
  run->add_option("--quiet", o.run.quiet, "$(quiet)");
  run->add_flag("--linked", o.run.linked, "make has just linked the module");
  run->group("");

  auto* same = app.add_subcommand(
      "same-link",
      "Used by kbtf.mk: print \"same\" if linking would reproduce the existing module");
  same->add_option("--stage", o.same_link.stage, "Stage id printed by plan")->required();
  same->add_option("--ko", o.same_link.ko, "The module")->required();
  same->add_option("--command", o.same_link.command, "cmd_ld_ko_o, expanded")->required();
  same->add_option("--inputs", o.same_link.inputs, "What --command reads")->required();
  same->group("");
}

void add_people_verbs(CLI::App& app, Options& o) {
  auto* start = app.add_subcommand("start", "Start the daemon unless it is running");
  start
      ->add_option("--idle-exit", o.idle_exit,
                   "Exit after this many seconds without a request; 0: never (default 10800)")
      ->check(CLI::Range(0, 1'000'000'000)); // as kbtfd checks it
  start->add_flag("--quiet", o.quiet, "Print nothing on success");
  app.add_subcommand(
      "stop", "Stop the daemon (under systemd: systemctl --user stop kbtfd.socket kbtfd.service)");
  auto* status =
      app.add_subcommand("status", "Show the daemon, and the last module stage of each tree");
  status->add_option("objtree", o.tree,
                     "Only this tree: did kbtf run its last module stage, with what, and what "
                     "has changed since");
  status->add_flag("--json", o.json, "Print JSON");
  auto* stats =
      app.add_subcommand("stats", "Count modules linked, given BTF, renumbered and left alone");
  stats->add_flag("--json", o.json, "Print JSON");
  stats->add_flag("-z,--zero", o.zero, "Set the totals to zero first");
  auto* explain = app.add_subcommand(
      "explain", "Show why a module was last rebuilt, and which inputs have changed since");
  explain->add_option("ko", o.ko, "The .ko file")->required();
  explain->add_flag("--json", o.json, "Print JSON");
  auto* verify = app.add_subcommand(
      "verify", "Check modules' BTF against vmlinux by the kernel's rules; exit 1 if one is bad");
  verify->add_option("paths", o.paths,
                     "Object trees or .ko files (default: the current directory)");
  verify->add_option("--base", o.base,
                     "vmlinux or raw BTF to check against (default: the tree's vmlinux)");
  verify
      ->add_option("--regenerate", o.regenerate,
                   "--regenerate[=N]: also rebuild all modules, or N of them, with the stock link "
                   "and BTF step in a scratch directory, and compare bytes")
      ->type_name("")
      ->check(CLI::Range(0, 1'000'000'000));
  verify->add_flag("--json", o.json, "Print JSON");
  auto* restore = app.add_subcommand(
      "restore", "Prepare a tree for stock make: give exact modules vmlinux's time stamp, remove "
                 "stale ones");
  restore->add_option("objtree", o.tree, "Default: the current directory");
  restore->add_flag("--json", o.json, "Print JSON");
  auto* drain =
      app.add_subcommand("drain", "For scripts: wait until the daemon's background work is done");
  drain->group("");
}

int dispatch(const CLI::App& app, Options& o) {
  const CLI::App* verb = app.get_subcommands().front();
  const std::string& name = verb->get_name();
  if (name == "run")
    run_step(o.run);
  if (name == "plan")
    return plan_verb(o.plan);
  if (name == "same-link")
    return same_link_verb(o.same_link);
  if (name == "env")
    return env_verb();
  if (name == "start")
    return start_verb(o.idle_exit, o.quiet);
  if (name == "stop")
    return stop_verb();
  if (name == "status")
    return o.tree.empty() ? status_verb(o.format()) : tree_status_verb(o.tree, o.format());
  if (name == "stats")
    return stats_verb(o.format(), o.zero);
  if (name == "explain")
    return explain_verb(o.ko, o.format());
  if (name == "restore")
    return restore_verb(o.tree.empty() ? "." : o.tree, o.format());
  if (name == "verify")
    return verify_verb(o.paths, o.base, o.regenerate, o.format());
  return drain_verb();
}

// Words for CLI11, which takes the next word as an option's value if the value is missing, and
// reads "[a,b]" as a list. The hook writes --quiet=$(quiet), which make may expand to "--quiet=";
// every such option is empty by default. People write --regenerate for --regenerate=0.
std::vector<std::string> words_for_parser(std::vector<std::string> words) {
  std::erase_if(words, [](const std::string& word) {
    return word.starts_with("--") && word.ends_with('=') && word.find('=') == word.size() - 1;
  });
  for (auto& word : words)
    if (word == "--regenerate")
      word += "=0";
    else if (word.starts_with('['))
      word.insert(0, "./");
  std::ranges::reverse(words); // the order that CLI::App::parse expects
  return words;
}

// CLI11 looks for a verb in every word, and reports only that it found none.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (!app.get_subcommands().empty() || argc < 2)
    return argc < 2 ? "no verb" : error.what();
  return std::string(argv[1]) + ": no such " + (argv[1][0] == '-' ? "option" : "verb");
}

int run(int argc, char** argv) {
  // Everything after "make" belongs to make, even --help and --version.
  if (argc > 1 && std::string(argv[1]) == "make")
    return make_verb({argv + 2, argv + argc});
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (is_stage_end(args))
    return stage_end_as_shell(args);
  Options options;
  CLI::App app{"kbtf: incremental module BTF for kernel builds.\n"
               "Start with:  kbtf make -C linux O=... -j8\n"
               "Off:         KBTF_DISABLE=1\n"
               "More:        man kbtf; kbtf VERB --help\n",
               "kbtf"};
  app.set_version_flag("--version", std::string("kbtf ") + k_version);
  app.require_subcommand(1);
  add_build_verbs(app, options);
  add_people_verbs(app, options);
  try {
    app.parse(words_for_parser(args));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) // --help, --version
      return app.exit(error);
    std::cerr << "kbtf: " << usage_error(app, error, argc, argv) << " (see kbtf --help)\n";
    return 2; // CLI11 has a different status for each mistake
  }
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
