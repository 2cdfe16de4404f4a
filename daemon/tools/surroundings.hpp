// SPDX-License-Identifier: GPL-2.0-only
// What the programs of a build see besides their arguments: directory and environment. Also says
// which variables decide the bytes that the tools write, whoever runs them. What else a script of
// the build reads is its own matter (script_needs.hpp). Plain values; any thread.
#pragma once

#include "util/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

struct Surroundings {
  std::string cwd;                      // absolute
  std::string path;                     // PATH
  std::string library_path;             // LD_LIBRARY_PATH
  std::vector<std::string> environment; // "NAME=value", all of it; the two above are ignored here

  // The value of a variable, PATH and LD_LIBRARY_PATH too. None if it is not set.
  [[nodiscard]] std::optional<std::string> value(const std::string& name) const;
};

// Whether a variable decides which programs and libraries run, or what they write. A script or a
// launcher that sets one is not understood.
[[nodiscard]] bool decides_tools(const std::string& name);

// Rejects what changes the meaning of commands before they are read: BASH_ENV (make's shell is not
// known), options in SHELLOPTS, commands in PS4, and "~" in PATH, which only bash takes for a home
// directory. Error: unsupported.
[[nodiscard]] Status check_surroundings(const Surroundings& around);

// Names of the variables that are set and that the tools read by themselves. Not PATH,
// LD_LIBRARY_PATH and LD_PRELOAD: the programs and libraries that they select count instead.
[[nodiscard]] std::vector<std::string> tool_variables(const Surroundings& around);
// The same for a linker.
[[nodiscard]] std::vector<std::string> linker_variables(const Surroundings& around);

// Variables that Kbuild exports and that its link and BTF commands and their scripts may need. They
// decide nothing by themselves: their effect is in the commands.
[[nodiscard]] const std::vector<std::string>& kbuild_variables();

// The environment for asking the dynamic linker for a program's libraries: LD_LIBRARY_PATH,
// LD_PRELOAD without fakeroot's library (which changes owners and modes but no bytes), and the
// settings that choose between libraries. Error: unsupported if LD_AUDIT is set: such a library can
// make the dynamic linker load others.
[[nodiscard]] Expected<std::vector<std::string>> loader_environment(const Surroundings& around);

} // namespace kbtf
