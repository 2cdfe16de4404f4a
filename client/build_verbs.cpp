// SPDX-License-Identifier: GPL-2.0-only
#include "client/build_verbs.hpp"

#include "client/child.hpp"
#include "client/connection.hpp"
#include "client/link_text.hpp"
#include "client/locate.hpp"
#include "client/spawn_daemon.hpp"
#include "util/environment.hpp"
#include "util/utf8.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr const char* k_as_stock = "; falling back to the stock build\n";

// Set by `kbtf make` if no daemon can be reached: it has waited and reported that, once for all
// module stages of the build.
constexpr const char* k_no_daemon = "KBTF_NO_DAEMON";

bool is_disabled() {
  return env("KBTF_DISABLE") == "1";
}

// MAKEFILES with the hook prepended, if missing.
std::string makefiles_with(const std::string& hook) {
  std::string old = env("MAKEFILES");
  if ((" " + old + " ").find(" " + hook + " ") != std::string::npos)
    return old;
  return old.empty() ? hook : hook + " " + old;
}

// Quotes for a POSIX shell, with single quotes.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text)
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  return result + "'";
}

// make splits a list of modules at blanks and has no quoting.
bool has_blank(const std::string& text) {
  return text.find_first_of(" \t\n") != std::string::npos;
}

// MAKEFILES has no quoting either, and "$" begins a variable there. The hook is also a target,
// where ":" and patterns are special; the client is also a shell, whose path make splits as a
// command.
constexpr const char* k_unreadable = " \t\n$':\\*?";

// The hook, if make can read it and call the client.
Expected<std::string> usable_hook() {
  auto hook = hook_path();
  if (hook && (*hook + own_path()).find_first_of(k_unreadable) != std::string::npos)
    return unexpected(ErrorKind::unsupported,
                      *hook + ": make cannot read a path with whitespace, $, ', :, \\, * or ?");
  return hook;
}

// On the command line it overrides the environment.
bool sets_makefiles(const std::string& arg) {
  const std::string name = arg.substr(0, arg.find_first_of(" \t:+?!="));
  return name == "MAKEFILES" && arg.find('=') != std::string::npos;
}

// A module's name for the left side of an assignment: variables of kbtf.mk's replace the characters
// that would end the name there.
std::string in_assignment(const std::string& ko) {
  std::string text;
  for (const char c : ko)
    switch (c) {
    case ':':
      text += "$(kbtf-colon)";
      break;
    case '=':
      text += "$(kbtf-equals)";
      break;
    case '#':
      text += "$(kbtf-hash)";
      break;
    case '$':
      text += "$$";
      break;
    default:
      text += c;
    }
  return text;
}

// A reason as one word without special characters for make and the shell: Kbuild puts it into an
// echo.
std::string as_word(std::string text) {
  for (char& c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && !std::strchr("/._-+@,~", c))
      c = '_';
  return text;
}

// The first text in a request that JSON cannot carry unchanged, or nothing.
const std::string* not_utf8(const nlohmann::json& value) {
  if (const auto* text = value.get_ptr<const std::string*>())
    return is_utf8(*text) ? nullptr : text;
  if (!value.is_structured())
    return nullptr;
  for (const auto& item : value)
    if (const std::string* found = not_utf8(item))
      return found;
  return nullptr;
}

int become_make(const std::vector<std::string>& args) {
  std::vector<std::string> words{env("MAKE").empty() ? "make" : env("MAKE")};
  words.insert(words.end(), args.begin(), args.end());
  const Error error = become(words); // fails before anything is printed
  std::cerr << "kbtf: " << error.text << '\n';
  return 127;
}

} // namespace

int make_verb(const std::vector<std::string>& args) {
  if (is_disabled())
    return become_make(args);
  const auto hook = usable_hook();
  if (!hook) {
    std::cerr << "kbtf: " << hook.error().text << "; running plain make\n";
    return become_make(args);
  }
  if (std::any_of(args.begin(), args.end(), sets_makefiles)) {
    std::cerr << "kbtf: MAKEFILES on make's command line overrides kbtf.mk; running plain make\n";
    return become_make(args);
  }
  if (auto daemon = ensure_daemon(); !daemon) {
    std::cerr << "kbtf: " << daemon.error().text << k_as_stock;
    ::setenv(k_no_daemon, "1", 1);
  }
  ::setenv("MAKEFILES", makefiles_with(*hook).c_str(), 1);
  ::setenv("KBTF", own_path().c_str(), 1);
  return become_make(args);
}

int env_verb() {
  const auto hook = usable_hook();
  if (!hook) {
    std::cerr << "kbtf: " << hook.error().text << '\n';
    return 1;
  }
  std::cout << "export MAKEFILES=" << quoted(makefiles_with(*hook)) << '\n'
            << "export KBTF=" << quoted(own_path()) << '\n'
            << quoted(own_path()) << " start --quiet\n";
  return 0;
}

int plan_verb(const PlanOptions& options) {
  if (!env(k_no_daemon).empty())
    return 0;
  PlanRequest request;
  char* cwd = ::getcwd(nullptr, 0);
  request.cwd = cwd ? cwd : "";
  std::free(cwd);
  request.modules_order = options.modules_order;
  request.target = options.target;
  request.module_count = options.module_count;
  request.command = options.command;
  request.link = link_text(options.relink, options.inputs);
  request.tools = options.tools;
  request.path = env("PATH");
  request.library_path = env("LD_LIBRARY_PATH");
  request.pahole_flags = options.pahole_flags;
  request.script_flags = options.script_flags;
  request.sends_stage_end = options.sends_stage_end;
  request.dropped_flag = options.dropped_flag;
  request.kernel = options.kernel;
  request.rule = options.rule;
  const nlohmann::json all = request; // without the environment: little of it counts
  if (const std::string* text = not_utf8(all)) {
    std::cerr << "kbtf: " << *text << ": not UTF-8" << k_as_stock;
    return 0;
  }
  for (char** variable = ::environ; *variable; ++variable)
    request.environment.emplace_back(*variable);

  auto connection = Connection::open();
  auto plan =
      connection ? connection->ask(request) : Expected<PlanReply>(connection.forward_error());
  if (!plan) {
    std::cerr << "kbtf: " << plan.error().text << k_as_stock;
    return 0;
  }
  for (const auto& notice : plan->notices)
    std::cerr << "kbtf: " << notice << '\n';
  const auto odd = std::find_if(plan->modules.begin(), plan->modules.end(),
                                [](const ModulePlan& m) { return has_blank(m.ko); });
  if (odd != plan->modules.end()) {
    std::cerr << "kbtf: " << odd->ko << ": make cannot handle this name" << k_as_stock;
    return 0;
  }
  if (plan->stage.empty()) {
    if (!plan->is_stock_told)
      std::cerr << "kbtf: " << plan->why_stock << k_as_stock;
    return 0;
  }
  std::string out = "kbtf-stage:=" + plan->stage;
  if (plan->renumbered != 0)
    out += " kbtf-renumbered:=" + std::to_string(plan->renumbered);
  for (const auto& module : plan->modules) {
    const char* serve = module.serve == ModuleWork::step ? "step" : "link";
    const std::string ko = in_assignment(module.ko);
    out += " kbtf-serve." + ko + ":=" + serve;
    if (options.with_reasons)
      out += " kbtf-why." + ko + ":=" + as_word(module.reason);
  }
  std::cout << out << '\n';
  return 0;
}

} // namespace kbtf
