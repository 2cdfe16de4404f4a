// SPDX-License-Identifier: GPL-2.0-only
// The changes of a base BTF that renumbering is measured with (docs/benchmarks.md): what edits of
// built-in code do to vmlinux's types.
#pragma once

#include "tests/unit/renumber/base_model.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace kbtf::bench {

// What the modules at hand use, for changes that are to hit some of them.
struct Usage {
  std::size_t modules = 0;
  std::map<std::uint32_t, std::size_t> types;        // base id: modules that use it
  std::vector<std::string> own_strings;              // of modules, one of each
  std::map<std::string, std::size_t> shared_strings; // of the base, in split BTF: modules
};

struct BaseChange {
  std::string name;
  std::function<void(test::BaseModel&, const Usage&)> apply;
};

[[nodiscard]] std::vector<BaseChange> base_changes();

} // namespace kbtf::bench
