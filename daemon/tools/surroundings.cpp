// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/surroundings.hpp"

#include "util/words.hpp"

#include <array>
#include <string_view>

namespace kbtf {
namespace {

// Read by the tools themselves: each with its reader and purpose. Leaves out what decides no bytes
// of an ELF module: messages (COLUMNS, COLLECT_NO_DEMANGLE, LIBBPF_LOG_LEVEL), places (TMPDIR,
// LLD_REPRODUCE, DEBUGINFOD_CACHE_PATH), the time in formats that have one (SOURCE_DATE_EPOCH).
constexpr std::array<std::string_view, 5> k_read_by_linkers = {
    "GNUTARGET",              // BFD (ld, objcopy): the format of a file, if none is named
    "LDEMULATION",            // GNU ld: the emulation, if no -m names it
    "LD_RUN_PATH",            // GNU ld, gold: a run path, if none is named
    "LLD_VERSION",            // ld.lld: what it writes into .comment
    "LLVM_OVERRIDE_PRODUCER", // LLVM: the producer that it writes, with LTO
};
constexpr std::array<std::string_view, 4> k_read_by_btf_tools = {
    "LLVM_OBJCOPY",                // pahole: the objcopy that it runs
    "PAHOLE_LANG_EXCLUDE",         // pahole from 1.26 on: units that it skips
    "PAHOLE_VMLINUX_BTF_FILENAME", // pahole from 1.27 on: another base, if none is named
    "DEBUGINFOD_URLS",             // libdwfl (pahole, objcopy): debug files from a server
};

// Read by the dynamic linker, glibc's (ld.so(8)): they choose between libraries.
constexpr std::array<std::string_view, 4> k_read_by_loader = {"GLIBC_TUNABLES", "LD_HWCAP_MASK",
                                                              "LD_ORIGIN_PATH", "LD_ASSUME_KERNEL"};

// Read by shells: options and files that come before a script's first line, word splitting, and
// what "set -x" prints, which can run commands.
constexpr std::array<std::string_view, 7> k_read_by_shells = {
    "BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT", "IFS", "PS4"};

template <std::size_t N>
void add_set(const std::array<std::string_view, N>& names, const Surroundings& around,
             std::vector<std::string>& set) {
  for (const auto name : names)
    if (around.value(std::string(name)))
      set.emplace_back(name);
}

// Options of bash that do not change any command understood here.
constexpr std::array<std::string_view, 15> k_usual_shell_options = {"braceexpand",
                                                                    "emacs",
                                                                    "errexit",
                                                                    "hashall",
                                                                    "histexpand",
                                                                    "history",
                                                                    "interactive-comments",
                                                                    "monitor",
                                                                    "nounset",
                                                                    "noglob",
                                                                    "pipefail",
                                                                    "posix",
                                                                    "verbose",
                                                                    "vi",
                                                                    "xtrace"};

bool is_fakeroot(std::string_view library) {
  const auto name = library.substr(library.rfind('/') + 1);
  return name.starts_with("libfakeroot") && name.find(".so") != std::string_view::npos;
}

// ld.so splits the list at blanks and colons.
std::string without_fakeroot(std::string_view libraries) {
  std::string kept;
  for (const auto library : split(libraries, " :"))
    if (!is_fakeroot(library)) {
      kept += kept.empty() ? "" : ":";
      kept += library;
    }
  return kept;
}

} // namespace

std::optional<std::string> Surroundings::value(const std::string& name) const {
  if (name == "PATH")
    return path;
  if (name == "LD_LIBRARY_PATH")
    return library_path.empty() ? std::nullopt : std::optional(library_path);
  const std::string start = name + "=";
  for (const auto& variable : environment)
    if (variable.starts_with(start))
      return variable.substr(start.size());
  return std::nullopt;
}

bool decides_tools(const std::string& name) {
  return name == "PATH" || name == "HOME" || name.starts_with("LD_") ||
         name.starts_with("BASH_FUNC_") || is_one_of(name, k_read_by_linkers) ||
         is_one_of(name, k_read_by_btf_tools) || is_one_of(name, k_read_by_loader) ||
         is_one_of(name, k_read_by_shells);
}

Status check_surroundings(const Surroundings& around) {
  const auto refuse = [](std::string text) {
    return unexpected(ErrorKind::unsupported, std::move(text));
  };
  if (const auto file = around.value("BASH_ENV").value_or(""); !file.empty())
    return refuse("BASH_ENV is set: bash reads " + file + " before a command or a script");
  if (const auto text = around.value("PS4").value_or("");
      text.find('`') != std::string::npos || text.find("$(") != std::string::npos)
    return refuse("PS4 is set to what a shell may run");
  const std::string options = around.value("SHELLOPTS").value_or("");
  for (const auto option : split_list(options))
    if (!is_one_of(option, k_usual_shell_options))
      return refuse("SHELLOPTS is set, with " + std::string(option));
  for (const auto dir : split_list(around.path))
    if (dir.starts_with('~'))
      return refuse("PATH has " + std::string(dir) + ", which shells understand in different ways");
  return Ok{};
}

std::vector<std::string> linker_variables(const Surroundings& around) {
  std::vector<std::string> set;
  add_set(k_read_by_linkers, around, set);
  add_set(k_read_by_loader, around, set);
  return set;
}

// A wrapper or objcopy may use BFD too.
std::vector<std::string> tool_variables(const Surroundings& around) {
  std::vector<std::string> set = linker_variables(around);
  add_set(k_read_by_btf_tools, around, set);
  return set;
}

const std::vector<std::string>& kbuild_variables() {
  static const std::vector<std::string> names = {"ARCH",
                                                 "CC",
                                                 "CONFIG_SHELL",
                                                 "KBUILD_EXTMOD",
                                                 "LD",
                                                 "LLVM",
                                                 "MODULE_PAHOLE_FLAGS",
                                                 "NM",
                                                 "OBJCOPY",
                                                 "PAHOLE",
                                                 "RESOLVE_BTFIDS",
                                                 "RESOLVE_BTFIDS_FLAGS",
                                                 "SRCARCH",
                                                 "objtree",
                                                 "srctree"};
  return names;
}

Expected<std::vector<std::string>> loader_environment(const Surroundings& around) {
  if (!around.value("LD_AUDIT").value_or("").empty())
    return unexpected(ErrorKind::unsupported,
                      "LD_AUDIT is set, and may change what the tools load");
  std::vector<std::string> variables;
  if (!around.library_path.empty())
    variables.push_back("LD_LIBRARY_PATH=" + around.library_path);
  if (auto preload = without_fakeroot(around.value("LD_PRELOAD").value_or("")); !preload.empty())
    variables.push_back("LD_PRELOAD=" + preload);
  for (const auto name : k_read_by_loader)
    if (const auto value = around.value(std::string(name)))
      variables.push_back(std::string(name) + "=" + *value);
  return variables;
}

} // namespace kbtf
