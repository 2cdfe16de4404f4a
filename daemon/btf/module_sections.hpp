// SPDX-License-Identifier: GPL-2.0-only
// The BTF sections of a .ko as one hash: .BTF, .BTF.base and .BTF_ids, those that are there.
// Reads ELF only; checks nothing of their content (btf_check.hpp does). Stateless, any thread.
#pragma once

#include "daemon/model/hash.hpp"
#include "proto/error.hpp"

#include <string>

namespace kbtf {

struct ModuleSections {
  bool has_btf = false;     // .BTF
  bool has_btf_ids = false; // .BTF_ids
  ContentHash hash;         // over names and hashes of those that are there; unknown when none is
};

// Errors: as ElfFile::open() and ElfFile::read().
[[nodiscard]] Expected<ModuleSections> read_module_sections(const std::string& ko);

} // namespace kbtf
