// SPDX-License-Identifier: GPL-2.0-only
// `kbtf verify --regenerate`: makes modules once more with stock's own commands and compares bytes,
// on all CPUs, in a scratch directory that is removed again. Blocking.
#pragma once

#include "daemon/verify/verify_scope.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace kbtf {

// Of one module, in one line.
struct Finding {
  std::string ko, text;
};

struct RegenerateResult {
  std::size_t same = 0;
  std::vector<Finding> different; // each has left its mark, see store/distrust.hpp
  std::vector<Finding> unchecked; // and why
};

// `sample`: so many modules of all together, other ones for each base; 0: every one.
[[nodiscard]] RegenerateResult regenerate_modules(const ModuleGroups& groups, std::size_t sample,
                                                  const KnownState& state);

} // namespace kbtf
