// SPDX-License-Identifier: GPL-2.0-only
// Files and the programs of the stock BTF step, for kbtf_renumber_check.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace kbtf::bench {

using Bytes = std::vector<std::byte>;

[[nodiscard]] Bytes read_bytes(const std::filesystem::path& path);       // empty if it is not there
void write_bytes(const std::filesystem::path& path, const Bytes& bytes); // throws

// Runs a program and waits; true if it ends with status 0.
[[nodiscard]] bool run_program(std::vector<std::string> words);

// What pahole makes of a module, on a raw base or, if that is empty, without; empty if it fails.
// One thread, so that the bytes are the same each time. `out` is a scratch file.
[[nodiscard]] Bytes run_pahole(const std::filesystem::path& module,
                               const std::filesystem::path& base, const std::filesystem::path& out,
                               const std::vector<std::string>& flags);

// What scripts/gen-btf.sh of Linux 7.0 and later makes of a module: pahole, then resolve_btfids.
struct GenBtf {
  Bytes btf;
  Bytes ids; // .BTF_ids, empty without
};
// `directory` is a scratch directory. `btf` is empty if a program fails.
[[nodiscard]] GenBtf run_gen_btf(const std::filesystem::path& module,
                                 const std::filesystem::path& base,
                                 const std::filesystem::path& directory,
                                 const std::vector<std::string>& flags,
                                 const std::filesystem::path& resolve_btfids);

} // namespace kbtf::bench
