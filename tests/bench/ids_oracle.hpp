// SPDX-License-Identifier: GPL-2.0-only
// What resolve_btfids makes of a module's .BTF_ids, for comparison with renumber_ids.
#pragma once

#include "daemon/btf/btf_check.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace kbtf::bench {

// A module's .BTF_ids as a clean link leaves it: sets in source order, ids 0. The modules at hand
// are finished, so their flags are in another order already; each entry of a set8 gets a flag of
// its own instead, by which one sees where sorting moves it.
class IdsOracle {
public:
  // Reads `module`; has_ids() is false if it has no .BTF_ids. Throws on damaged files.
  explicit IdsOracle(const std::filesystem::path& module);

  [[nodiscard]] bool has_ids() const { return !m_symbols.empty(); }
  [[nodiscard]] const std::vector<IdSymbol>& symbols() const { return m_symbols; }
  // Runs `resolve_btfids` on a copy of the module in `work`, with raw split and base BTF files.
  // Returns the section's bytes. Throws if the program fails.
  [[nodiscard]] std::vector<std::byte> resolve(const std::filesystem::path& resolve_btfids,
                                               const std::filesystem::path& split,
                                               const std::filesystem::path& base,
                                               const std::filesystem::path& work) const;

private:
  std::filesystem::path m_module;
  std::uint64_t m_offset = 0;
  std::vector<std::byte> m_ids;
  std::vector<IdSymbol> m_symbols;
};

} // namespace kbtf::bench
