// SPDX-License-Identifier: GPL-2.0-only
// Test helper: writes small 64-bit relocatable ELF files through libelf.
#pragma once

#include "tests/unit/temp_dir.hpp"

#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <span>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace kbtf::test {

class ElfBuilder {
public:
  enum class Layout { in_order, first_section_last };

  // Returns the section's index.
  std::size_t add(const std::string& name, std::vector<std::byte> bytes,
                  std::uint32_t type = SHT_PROGBITS, std::uint64_t flags = 0) {
    m_sections.push_back({name, std::move(bytes), type, flags, 0, 0});
    return m_sections.size();
  }
  void add_symbol(const std::string& name, std::size_t section, std::uint64_t value,
                  std::uint64_t size) {
    GElf_Sym symbol{};
    symbol.st_name = static_cast<std::uint32_t>(m_strings.size());
    symbol.st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
    symbol.st_shndx = static_cast<std::uint16_t>(section);
    symbol.st_value = value;
    symbol.st_size = size;
    m_symbols.push_back(symbol);
    m_strings += name;
    m_strings += '\0';
  }

  // Sections as added, then .symtab and .strtab if there are symbols, then .shstrtab.
  void write(const std::string& path, Layout layout = Layout::in_order) const {
    auto sections = m_sections;
    if (!m_symbols.empty()) {
      std::vector<GElf_Sym> table(1);
      table.insert(table.end(), m_symbols.begin(), m_symbols.end());
      const auto raw = std::as_bytes(std::span(table));
      const auto strings = static_cast<std::uint32_t>(sections.size() + 2);
      const auto locals = static_cast<std::uint32_t>(table.size());
      sections.push_back({".symtab", {raw.begin(), raw.end()}, SHT_SYMTAB, 0, strings, locals});
      sections.push_back({".strtab", to_bytes(m_strings), SHT_STRTAB, 0, 0, 0});
    }
    std::string names(1, '\0');
    for (const auto& section : sections)
      names += section.name + '\0';
    const std::string own = ".shstrtab";
    sections.push_back({own, to_bytes(names + own + '\0'), SHT_STRTAB, 0, 0, 0});
    emit(path, sections, layout);
  }

private:
  struct Section {
    std::string name;
    std::vector<std::byte> bytes;
    std::uint32_t type;
    std::uint64_t flags;
    std::uint32_t link;
    std::uint32_t info;
  };

  static std::size_t bytes_in_file(const Section& section) {
    return section.type == SHT_NOBITS ? 0 : section.bytes.size();
  }

  static void require(bool ok) {
    if (!ok)
      throw std::runtime_error(std::string("libelf: ") + ::elf_errmsg(-1));
  }

  // Own layout: header, sections in their order (or the first one last), section headers.
  static void emit(const std::string& path, std::vector<Section>& sections, Layout layout) {
    require(::elf_version(EV_CURRENT) != EV_NONE);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    Elf* elf = ::elf_begin(fd, ELF_C_WRITE, nullptr);
    require(elf && ::gelf_newehdr(elf, ELFCLASS64));
    GElf_Ehdr header;
    require(::gelf_getehdr(elf, &header) != nullptr);
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_REL;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_shstrndx = static_cast<std::uint16_t>(sections.size());
    require(::elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT) != 0);
    std::uint64_t total = 64;
    for (const auto& section : sections)
      total += bytes_in_file(section) + 8;
    std::uint64_t at = 64;
    std::uint32_t name = 1;
    for (std::size_t i = 0; i < sections.size(); ++i) {
      const bool moved = i == 0 && layout == Layout::first_section_last;
      std::uint64_t offset = moved ? (total + 7) / 8 * 8 : at;
      add_section(elf, sections[i], name, offset);
      name += static_cast<std::uint32_t>(sections[i].name.size() + 1);
      if (!moved)
        at = (at + bytes_in_file(sections[i]) + 7) / 8 * 8;
    }
    header.e_shoff = ((total + 7) / 8 * 8 + bytes_in_file(sections[0]) + 7) / 8 * 8;
    require(::gelf_update_ehdr(elf, &header) != 0 && ::elf_update(elf, ELF_C_WRITE) >= 0);
    ::elf_end(elf);
    ::close(fd);
  }

  static void add_section(Elf* elf, Section& section, std::uint32_t name, std::uint64_t offset) {
    Elf_Scn* scn = ::elf_newscn(elf);
    require(scn != nullptr);
    Elf_Data* data = ::elf_newdata(scn);
    require(data != nullptr);
    data->d_buf = section.type == SHT_NOBITS ? nullptr : section.bytes.data();
    data->d_size = section.bytes.size();
    data->d_type = section.type == SHT_SYMTAB ? ELF_T_SYM : ELF_T_BYTE;
    data->d_align = 1;
    data->d_version = EV_CURRENT;
    GElf_Shdr header{};
    header.sh_name = name;
    header.sh_type = section.type;
    header.sh_flags = section.flags;
    header.sh_offset = offset;
    header.sh_size = section.bytes.size();
    header.sh_link = section.link;
    header.sh_info = section.info;
    header.sh_addralign = section.type == SHT_SYMTAB ? 8 : 1;
    header.sh_entsize = section.type == SHT_SYMTAB ? sizeof(GElf_Sym) : 0;
    require(::gelf_update_shdr(scn, &header) != 0);
  }

  std::vector<Section> m_sections;
  std::vector<GElf_Sym> m_symbols;
  std::string m_strings = std::string(1, '\0');
};

} // namespace kbtf::test
