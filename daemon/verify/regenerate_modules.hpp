// SPDX-License-Identifier: GPL-2.0-only
// `kbtf verify --regenerate`: rebuilds modules with stock's own commands and compares bytes, on all
// CPUs, in a scratch directory that it removes afterwards. Blocking.
#pragma once

#include "daemon/verify/verify_scope.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

// One line about one module.
struct Finding {
  std::string ko, text;
};

struct RegenerateResult {
  std::size_t same = 0;
  std::vector<Finding> different; // each leaves a mark (store/distrust.hpp), unless adopted
  std::vector<Finding> unchecked; // with the reason
};

// `sample`: check this many of all modules, chosen anew for each base; 0: all.
[[nodiscard]] RegenerateResult regenerate_modules(const ModuleGroups& groups, std::size_t sample,
                                                  const KnownState& state);

} // namespace kbtf
