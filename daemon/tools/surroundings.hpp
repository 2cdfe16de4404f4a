// SPDX-License-Identifier: GPL-2.0-only
// What the programs of a build see besides their arguments: directory and environment; and which of
// the environment decides the bytes that the tools write, whoever runs them. What a script of the
// build reads besides is its own affair (script_needs.hpp). Plain values; any thread.
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
  std::vector<std::string> environment; // "NAME=value", all of it; those two are not looked at here

  // The value of a variable, PATH and LD_LIBRARY_PATH too. None if it is not set.
  [[nodiscard]] std::optional<std::string> value(const std::string& name) const;
};

// Whether a variable decides which programs and libraries run, or what they write. A script or a
// launcher that sets one is not understood.
[[nodiscard]] bool decides_tools(const std::string& name);

// Refuses what changes the meaning of commands before they are read: BASH_ENV (which shell make has
// is not known), options in SHELLOPTS, commands in PS4, and "~" in PATH, which bash alone takes for
// a home directory. Error: unsupported.
[[nodiscard]] Status check_surroundings(const Surroundings& around);

// Those that are set and that the tools read by themselves, as NAME. Not PATH, LD_LIBRARY_PATH and
// LD_PRELOAD, which count by the programs and libraries that they lead to.
[[nodiscard]] std::vector<std::string> tool_variables(const Surroundings& around);
// The same of a linker.
[[nodiscard]] std::vector<std::string> linker_variables(const Surroundings& around);

// Variables that Kbuild exports and its link and BTF commands, scripts among them, may need. They
// decide nothing by themselves: what is made of them stands in the commands.
[[nodiscard]] const std::vector<std::string>& kbuild_variables();

// What the dynamic linker is to see when it is asked for a program's libraries: LD_LIBRARY_PATH,
// LD_PRELOAD without fakeroot's library, which changes owners and modes and no bytes, and the
// settings that choose between libraries. Error: unsupported when LD_AUDIT is set: a library that
// watches the dynamic linker can make it load others.
[[nodiscard]] Expected<std::vector<std::string>> loader_environment(const Surroundings& around);

} // namespace kbtf
