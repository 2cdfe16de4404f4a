// SPDX-License-Identifier: GPL-2.0-only
// Which types of its base a module uses: the set U of base ids onto which the module's own types
// deduplicate. The module's split BTF does not show it: it holds only what the base lacks. We find
// it as pahole does: deduplicate the module's full BTF (`pahole -J` without a base) onto the base
// with libbpf, plus one BTF_KIND_VAR per type as a marker. Variables are never deduplicated, so
// each marker survives and shows where its type went. If that does not give pahole's types, the
// profile is wider: all that the module can use (possible_uses.hpp). Types that the module only
// knows by forward declarations are kept separately: their content does not matter to it.
//
// Also holds strings of the base that no type shows. pahole since 1.28 adds the names of a
// function's parameters before it decides to omit the function (btf_encoder.c), and btf__dedup
// keeps strings that no type uses: if the base loses such a string, the split gains it.
//
// A profile belongs to one split BTF (by its hash) and one base; renumbering makes the next.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/model/hash.hpp"
#include "util/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kbtf {

class BaseMap;

// A value; any thread.
class Profile {
public:
  Profile() = default;
  // `uses`, `names` and `strings` ascending, without 0; `table_entries`: an upper bound of how many
  // types deduplication added to its table for this module.
  Profile(ContentHash split, const std::vector<std::uint32_t>& uses,
          const std::vector<std::uint32_t>& names, const std::vector<std::uint32_t>& strings,
          std::uint32_t table_entries);

  // The hash of the split BTF that this profile belongs to.
  [[nodiscard]] const ContentHash& split() const { return m_split; }
  [[nodiscard]] std::uint32_t table_entries() const { return m_table_entries; }
  // Ids of the types used, ascending.
  [[nodiscard]] std::vector<std::uint32_t> uses() const;
  // Ids of the types to which forward declarations were resolved, ascending.
  [[nodiscard]] std::vector<std::uint32_t> names() const;
  // Offsets of strings of the base that the module's types do not show, ascending.
  [[nodiscard]] std::vector<std::uint32_t> strings() const;

  // The profile on the new base, for the split BTF that renumbering gave. Every used type and every
  // string must be mapped, which renumbering has checked.
  [[nodiscard]] Profile moved(const BaseMap& map, ContentHash split) const;

  // For storing; about 1.2 bytes per used type, 5 to 10 KB for a typical module.
  [[nodiscard]] std::vector<std::byte> serialize() const;
  // Errors: unsupported for another version, malformed.
  [[nodiscard]] static Expected<Profile> parse(std::span<const std::byte> bytes);

private:
  ContentHash m_split;
  std::uint32_t m_table_entries = 0;
  // Differences of the ids, as variable-length numbers.
  std::vector<std::byte> m_uses;
  std::vector<std::byte> m_names;
  std::vector<std::byte> m_strings;
};

// Makes profiles on one base. Holds the base in libbpf's form (about 20 MB for a distribution's
// kernel). One thread at a time: libbpf looks up strings in a table that it builds on first use.
class Profiler {
public:
  // Errors: malformed or unsupported if libbpf rejects the base.
  [[nodiscard]] static Expected<Profiler> make(std::shared_ptr<const BtfBase> base);

  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;
  Profiler(Profiler&& other) noexcept;
  Profiler& operator=(Profiler&& other) noexcept;
  ~Profiler();

  // `full`: the module's BTF without a base; `split`: what the real BTF step made of the same
  // module on this base. Checks both. Errors: unsupported if they cannot belong to one module, or
  // libbpf cannot deduplicate; malformed. About 50 ms for a distribution's kernel.
  // `from`: `deduplication` falls back to `possibility`, which by itself is for tests.
  // `resolve_btfids` is for the output of the BTF step of Linux 7.0 and later (gen-btf.sh): that
  // program (tools/bpf/resolve_btfids: btf2btf, finalize_btf) adds types for kfuncs, deduplicates
  // with the kernel's libbpf, which drops strings without a type, and sorts types by name, then by
  // id. So if the types are in the same order before that, they are after it. The uses are then all
  // possible ones.
  enum class UsesFrom { deduplication, possibility, resolve_btfids };
  [[nodiscard]] Expected<Profile> profile(std::span<const std::byte> full,
                                          std::span<const std::byte> split,
                                          UsesFrom from = UsesFrom::deduplication);

private:
  struct State;
  explicit Profiler(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

} // namespace kbtf
