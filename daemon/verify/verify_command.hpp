// SPDX-License-Identifier: GPL-2.0-only
// `kbtf verify`: checks the BTF of every module of some trees, or of some modules, against the
// base as it is now, and the base each was recorded with against that. Prints one line per bad
// module. Reads the state beside a running daemon; needs none. Runs in a process of its own, so
// that hostile BTF is not parsed in the daemon that builds depend on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

struct VerifyOptions {
  std::vector<std::string> paths; // object trees or .ko files; none: the current directory
  std::string base;               // empty: vmlinux of the tree
  bool json = false;
  std::optional<std::size_t> regenerate; // how many modules to make again; 0: all
};

// Returns the process's exit status: 0 all sound, 1 a bad module or one that differs from stock's,
// 2 it could not be checked.
[[nodiscard]] int run_verify(const VerifyOptions& options);

} // namespace kbtf
