// SPDX-License-Identifier: GPL-2.0-only
// `kbtf verify`: checks the BTF of every module of some trees, or of some modules, against the
// current base, and whether each was recorded with that base. Prints one line per bad module. Reads
// the state while the daemon runs; works without a daemon. Runs in its own process, so that hostile
// BTF is not parsed in the daemon that builds depend on.
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
  std::optional<std::size_t> regenerate; // how many modules to rebuild; 0: all
};

// Returns the process's exit status: 0 all sound, 1 a module is bad or differs from stock's, 2 not
// checked.
[[nodiscard]] int run_verify(const VerifyOptions& options);

} // namespace kbtf
