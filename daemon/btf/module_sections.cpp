// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/module_sections.hpp"

#include "daemon/btf/elf_file.hpp"

namespace kbtf {

Expected<ModuleSections> read_module_sections(const std::string& ko) {
  auto file = ElfFile::open(ko);
  if (!file)
    return file.forward_error();
  ModuleSections sections;
  std::string hashes;
  for (const char* name : {".BTF", ".BTF.base", ".BTF_ids"}) {
    const ElfSection* section = file->find(name);
    if (!section)
      continue;
    auto bytes = file->read(*section);
    if (!bytes)
      return bytes.forward_error();
    hashes += name + hash_bytes(*bytes).hex();
  }
  sections.has_btf = file->find(".BTF") != nullptr;
  sections.has_btf_ids = file->find(".BTF_ids") != nullptr;
  if (!hashes.empty())
    sections.hash = hash_text(hashes);
  return sections;
}

} // namespace kbtf
