// SPDX-License-Identifier: GPL-2.0-only
// ElfFile's symbols; separate from elf_file.cpp since they need libelf to parse .symtab.
#include "daemon/btf/elf_file.hpp"

#include <algorithm>
#include <cstring>
#include <gelf.h>
#include <libelf.h>
#include <limits>

namespace kbtf {
namespace {

constexpr std::size_t k_name_limit = 1024; // bytes; a kernel symbol has at most 512
constexpr std::uint64_t k_table_limit = std::uint64_t{1} << 30; // bytes; the largest have millions

// The name at `offset` of the string table, no longer than k_name_limit; nullptr if damaged.
const char* bounded_name(Elf* elf, std::size_t table, std::size_t offset) {
  const char* name = ::elf_strptr(elf, table, offset); // checks that the string ends
  return name && ::strnlen(name, k_name_limit) < k_name_limit ? name : nullptr;
}

} // namespace

Expected<std::vector<ElfSymbol>> ElfFile::symbols_in(const ElfSection& section,
                                                     const std::string& prefix) const {
  std::vector<ElfSymbol> found;
  const auto table = std::find_if(m_sections.begin(), m_sections.end(),
                                  [](const ElfSection& s) { return s.type == SHT_SYMTAB; });
  if (table == m_sections.end())
    return found;
  const auto damaged = [&](const std::string& what) {
    return unexpected(ErrorKind::malformed, m_path + ": " + table->name + ": " + what);
  };
  if (table->size > k_table_limit)
    return damaged(std::to_string(table->size) + " bytes are too many");
  Elf_Scn* scn = ::elf_getscn(m_elf, table->index);
  GElf_Shdr header;
  Elf_Data* data = nullptr;
  if (scn && ::gelf_getshdr(scn, &header))
    data = ::elf_getdata(scn, nullptr);
  const std::size_t entry = ::gelf_fsize(m_elf, ELF_T_SYM, 1, EV_CURRENT);
  if (!data || entry == 0 || data->d_size / entry > std::size_t{std::numeric_limits<int>::max()})
    return damaged("cannot be read");
  const int count = static_cast<int>(data->d_size / entry);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (!::gelf_getsym(data, i, &symbol))
      return damaged("cannot be read");
    if (symbol.st_shndx != section.index) // SHN_XINDEX (over 65,280 sections) is not followed
      continue;
    const char* name = bounded_name(m_elf, header.sh_link, symbol.st_name);
    if (!name)
      return damaged("symbol " + std::to_string(i) + " has no proper name");
    if (std::strncmp(name, prefix.c_str(), prefix.size()) == 0)
      found.push_back({name, symbol.st_value, symbol.st_size});
  }
  return found;
}

} // namespace kbtf
