// SPDX-License-Identifier: GPL-2.0-only
#include "client/stage_end.hpp"

#include "client/child.hpp"
#include "client/connection.hpp"
#include "util/environment.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace kbtf {
namespace {

constexpr const char* k_stage = "KBTF_STAGE";
constexpr const char* k_renumbered = "KBTF_RENUMBERED";
constexpr const char* k_shell = "KBTF_SHELL";
constexpr const char* k_again = "KBTF_AGAIN";
// Set for the make that KBTF_AGAIN runs.
constexpr const char* k_second = "KBTF_SECOND";

std::string counted(std::uint64_t n, const char* what) {
  return std::to_string(n) + " " + what;
}

void print(const StageEndReply& end) {
  if (env("quiet") == "silent_")
    return;
  // `make | head` must not end us: the stock recipe prints nothing, and the modules are done.
  auto* const old = std::signal(SIGPIPE, SIG_IGN);
  // The words that Kbuild's "why" prints for a step, scripts/Kbuild.include.
  const bool with_reason = env("KBUILD_VERBOSE").find('2') != std::string::npos;
  for (const auto& ko : end.renumbered)
    std::cout << "  BTF [M] " << ko << (with_reason ? " - due to: base_BTF_changed" : "") << '\n';
  const Counts& n = end.counts;
  std::cout << "  KBTF    " << counted(n.modules, n.modules == 1 ? "module: " : "modules: ")
            << counted(n.untouched, "untouched, ") << counted(n.linked, "linked, ")
            << counted(n.btf_run, "BTF");
  if (n.btf_cached != 0)
    std::cout << ", " << counted(n.btf_cached, "cached");
  if (n.btf_renumbered != 0)
    std::cout << ", " << counted(n.btf_renumbered, "renumbered");
  std::cout << std::endl;
  std::signal(SIGPIPE, old);
}

// This recipe must not use the parent's job slots: make would warn that they are closed. The first
// word has letters without a dash; variables follow "--".
std::string without_jobserver(const std::string& flags) {
  const std::size_t variables = std::min(flags.find(" -- "), flags.size());
  std::string kept = flags.starts_with(' ') ? " " : "";
  for (const auto& word : split_words(std::string_view(flags).substr(0, variables)))
    if (!word.starts_with("--jobserver") && !word.starts_with("-j"))
      kept += word + ' ';
  return kept + flags.substr(variables);
}

// Some modules lack the BTF that the plan promised: runs the stage again.
int run_again(const std::string& again, const std::string& why, bool has_daemon) {
  std::cerr << "kbtf: " << why << "; running the module stage again\n";
  const std::string flags = env("MAKEFLAGS");
  ::setenv("MAKEFLAGS", without_jobserver(flags).c_str(), 1);
  const bool is_last = !has_daemon || !env(k_second).empty();
  ::setenv(is_last ? "KBTF_NO_DAEMON" : k_second, "1", 1);
  if (is_last)
    ::setenv("KBTF_RELINK", "1", 1);
  auto end = run_child({"sh", "-c", again});
  ::setenv("MAKEFLAGS", flags.c_str(), 1);
  if (end)
    return end->shell_status();
  std::cerr << "kbtf: " << end.error().text << '\n';
  return 1;
}

// With .ONESHELL a recipe is one text, and its lines may begin with make's own "@", "-" and "+".
// make removes them only for a shell that it knows by name (job.c, is_bourne_compatible_shell).
std::string without_prefixes(const std::string& recipe) {
  std::string text;
  for (std::size_t i = 0; i < recipe.size(); ++i) {
    text += recipe[i];
    if (recipe[i] == '\n' && (i == 0 || recipe[i - 1] != '\\'))
      i = std::min(recipe.find_first_not_of(" \t@-+", i + 1), recipe.size()) - 1;
  }
  return text;
}

int become_shell(const std::string& shell, const std::vector<std::string>& args) {
  auto words = split_words(shell);
  if (words.empty())
    words = {"/bin/sh"};
  words.insert(words.end(), args.begin(), args.end());
  const Error error = become(words); // fails before anything is printed
  std::cerr << "kbtf: " << error.text << '\n';
  return 127;
}

} // namespace

bool is_stage_end(const std::vector<std::string>& args) {
  return !env(k_stage).empty() && args.size() > 1 && args.front().starts_with('-');
}

int stage_end_as_shell(std::vector<std::string> args) {
  const std::string stage = env(k_stage);
  const bool has_promise = !env(k_renumbered).empty();
  const std::string shell = env(k_shell);
  const std::string again = env(k_again);
  for (const char* name : {k_stage, k_renumbered, k_shell, k_again})
    ::unsetenv(name);
  auto connection = Connection::open();
  auto end = connection ? connection->ask(StageEndRequest{stage})
                        : Expected<StageEndReply>(connection.forward_error());
  if (end && !end->has_ended) // true: the recipe has more than one line
    print(*end);
  // If the daemon died, that matters here only if the plan promised BTF; otherwise it was reported
  // where it mattered.
  const bool is_short = end ? !end->again.empty() : has_promise;
  if (is_short) {
    const std::string& why = end ? end->again : end.error().text;
    if (const int status = run_again(again, why, bool(end)); status != 0)
      return status;
  }
  if (args.empty() || args.back() == ":")
    return 0;
  args.back() = without_prefixes(args.back());
  return become_shell(shell, args);
}

} // namespace kbtf
