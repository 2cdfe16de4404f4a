// SPDX-License-Identifier: GPL-2.0-only
// Verifies the BTF of a finished module file: .BTF against vmlinux's BTF, or against the module's
// own .BTF.base if it has one, and .BTF_ids against the symbols that say what it should hold. Ties
// ElfFile to the checks of btf_check.hpp and btf_distilled.hpp; knows nothing of builds. Stateless;
// threads may share `base` if they pass no `second`.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/elf_file.hpp"
#include "daemon/btf/libbpf_btf.hpp"

#include <string>

namespace kbtf {

// What a module that passed contains.
struct ModuleReport {
  bool has_btf = false;            // always true in a report
  bool has_distilled_base = false; // has .BTF.base, so `base` was only used for its lookups
  bool has_ids = false;            // has .BTF_ids
  std::uint32_t types = 0;         // of the split alone
  std::uint32_t id_symbols = 0;    // __BTF_ID__* symbols checked
};

// Errors, prefixed with "PATH: " and ".BTF: ", ".BTF.base: " or ".BTF_ids: ":
//   not_found    no such file, or a module without .BTF
//   malformed    damaged ELF, BTF that breaks a rule, or that does not fit `base`
//   file_moved   the file changed while it was read
//   io, unsupported as from ElfFile and check_split_btf.
// With `second`, the same base as parsed by libbpf, libbpf must parse the module's BTF too.
[[nodiscard]] Expected<ModuleReport> verify_module(const std::string& path, const BtfBase& base,
                                                   const LibbpfBtf* second = nullptr);

// True if the sections that have bytes lie in the file in the order of their indexes. `ld -r`, and
// objcopy, with which pahole adds .BTF to a file that has none, put the .rela.* sections after
// .strtab, out of order. If .BTF exists already, pahole replaces it through libelf, which lays out
// the whole file again, in order. So true indicates a BTF step that was run again on a finished
// module: resolve_btfids may then have sorted set8 flags to the wrong functions, and the file is
// not what a clean build leaves. A file without relocations is in order either way, so true is a
// doubt, never a proof; false is no proof against other tools.
[[nodiscard]] bool layout_is_index_order(const ElfFile& file);

} // namespace kbtf
