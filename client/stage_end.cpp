// SPDX-License-Identifier: GPL-2.0-only
#include "client/stage_end.hpp"

#include "client/child.hpp"
#include "client/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace kbtf {
namespace {

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string counted(std::uint64_t n, const char* what) {
  return std::to_string(n) + " " + what;
}

void print(const StageEndReply& end) {
  if (env("quiet") == "silent_")
    return;
  // In the words that Kbuild's "why" has for a step, scripts/Kbuild.include.
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
}

// The parent's job slots are not this recipe's to use: make would warn that they are closed. The
// first word has letters without a dash; behind "--" stand variables.
std::string without_jobserver(const std::string& flags) {
  const std::size_t variables = std::min(flags.find(" -- "), flags.size());
  std::istringstream words(flags.substr(0, variables));
  std::string kept = flags.starts_with(' ') ? " " : "";
  for (std::string word; words >> word;)
    if (!word.starts_with("--jobserver") && !word.starts_with("-j"))
      kept += word + ' ';
  return kept + flags.substr(variables);
}

// Some modules lack the BTF that the plan promised: the stage runs once more.
int run_again(const std::string& why, bool has_daemon) {
  std::cerr << "kbtf: " << why << "; building the modules once more\n";
  ::setenv("MAKEFLAGS", without_jobserver(env("MAKEFLAGS")).c_str(), 1);
  ::unsetenv("KBTF_STAGE");
  ::unsetenv("KBTF_RENUMBERED");
  if (!has_daemon) {
    ::setenv("KBTF_NO_DAEMON", "1", 1);
    ::setenv("KBTF_RELINK", "1", 1);
  }
  auto end = run_child({"sh", "-c", env("KBTF_AGAIN")});
  if (end)
    return end->shell_status();
  std::cerr << "kbtf: " << end.error().text << '\n';
  return 1;
}

} // namespace

int stage_end_as_shell(const std::string& command) {
  if (const std::string stage = env("KBTF_STAGE"); !stage.empty()) {
    auto connection = Connection::open();
    auto end = connection ? connection->ask(StageEndRequest{stage})
                          : Expected<StageEndReply>(connection.forward_error());
    if (end)
      print(*end);
    // A daemon that died has been reported where it mattered, unless this is the place.
    const bool is_short = end ? !end->again.empty() : !env("KBTF_RENUMBERED").empty();
    if (is_short)
      if (const int status = run_again(end ? end->again : end.error().text, bool(end)); status != 0)
        return status;
  }
  if (command == ":")
    return 0;
  ::execlp("sh", "sh", "-c", command.c_str(), nullptr);
  std::cerr << "kbtf: sh: " << std::strerror(errno) << '\n';
  return 127;
}

} // namespace kbtf
