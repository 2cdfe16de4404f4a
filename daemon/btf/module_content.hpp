// SPDX-License-Identifier: GPL-2.0-only
// The content of a finished .ko as two hashes: of the sections that BTF steps write (.BTF,
// .BTF.base and .BTF_ids), and of the rest of the file, with the bytes of .BTF and .BTF_ids taken
// as zeros. So replacing these bytes by others of the same size gives a known content without
// reading the file again, and a patch made against the rest still fits. Reads ELF only; does not
// check the BTF (btf_check.hpp does). Stateless, any thread.
#pragma once

#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/elf_file.hpp"
#include "daemon/model/stamped_hash.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

// A section with its bytes.
struct SectionBytes {
  ByteRange range; // in the file
  std::vector<std::byte> bytes;
};

struct ModuleSections {
  FileStamp stamp; // of the file, before and after reading
  std::optional<SectionBytes> btf, btf_base, btf_ids;
  std::vector<IdSymbol> id_symbols; // of .BTF_ids

  // Over names and hashes of the existing sections, even if there are none; never unknown.
  [[nodiscard]] ContentHash hash() const;
  // Where .BTF and .BTF_ids lie in the file.
  [[nodiscard]] std::vector<ByteRange> numbered() const;
};

// Reads the sections. Errors: as ElfFile::open() and ElfFile::read(), and file_moved.
[[nodiscard]] Expected<ModuleSections> read_module_sections(const std::string& ko);
[[nodiscard]] Expected<ModuleSections> read_module_sections(const ElfFile& file,
                                                            const std::string& ko);

struct ModuleContent {
  FileStamp stamp;
  ContentHash rest; // the whole file without the bytes of .BTF and .BTF_ids
  ContentHash btf;  // ModuleSections::hash()
};

// Reads the whole file. Errors: as read_module_sections() and hash_file().
[[nodiscard]] Expected<ModuleContent> read_module_content(const std::string& ko);

} // namespace kbtf
