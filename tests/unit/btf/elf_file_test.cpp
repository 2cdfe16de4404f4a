// SPDX-License-Identifier: GPL-2.0-only
// ElfFile on good files, and on files that are cut short, damaged or no ELF at all.
#include "daemon/btf/elf_file.hpp"
#include "daemon/btf/verify_module.hpp"

#include "tests/unit/elf_builder.hpp"

#include <cstring>
#include <elf.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

std::string write_sample(const std::string& name,
                         ElfBuilder::Layout layout = ElfBuilder::Layout::in_order) {
  ElfBuilder elf;
  const auto text = elf.add(".text", to_bytes("code"), SHT_PROGBITS, SHF_ALLOC);
  const auto ids = elf.add(".BTF_ids", to_bytes("12345678"));
  elf.add(".bss", std::vector<std::byte>(1 << 20), SHT_NOBITS, SHF_ALLOC);
  elf.add_symbol("__BTF_ID__func__a__1", ids, 0, 4);
  elf.add_symbol("other", ids, 4, 4);
  elf.add_symbol("__BTF_ID__elsewhere", text, 0, 4);
  const std::string path = test_file(name);
  elf.write(path, layout);
  return path;
}

// Changes the section header of the index-th section of a file of our own making.
template <typename F> void patch_section(const std::string& path, std::size_t index, F&& change) {
  std::string bytes = slurp(path);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t at = header.e_shoff + index * sizeof(Elf64_Shdr);
  Elf64_Shdr section;
  std::memcpy(&section, bytes.data() + at, sizeof section);
  change(section);
  std::memcpy(bytes.data() + at, &section, sizeof section);
  spill(path, bytes);
}

TEST(ElfFile, FindsAndReadsSections) {
  const auto file = ElfFile::open(write_sample("good.ko"));
  ASSERT_TRUE(file) << file.error().text;
  const ElfSection* ids = file->find(".BTF_ids");
  ASSERT_NE(ids, nullptr);
  EXPECT_EQ(*file->read(*ids), to_bytes("12345678"));
  EXPECT_EQ(file->find(".BTF"), nullptr);
  EXPECT_EQ(file->sections().size(), 6U); // with .symtab, .strtab and .shstrtab
  EXPECT_EQ(*file->stamp_now(), file->stamp());
}

TEST(ElfFile, FindsSymbolsOfOneSection) {
  const auto file = ElfFile::open(write_sample("good.ko"));
  ASSERT_TRUE(file) << file.error().text;
  const auto symbols = file->symbols_in(*file->find(".BTF_ids"), "__BTF_ID__");
  ASSERT_TRUE(symbols) << symbols.error().text;
  ASSERT_EQ(symbols->size(), 1U);
  EXPECT_EQ((*symbols)[0].name, "__BTF_ID__func__a__1");
  EXPECT_EQ((*symbols)[0].size, 4U);
}

TEST(ElfFile, NoSymbolTableMeansNoSymbols) {
  ElfBuilder elf;
  elf.add(".BTF_ids", to_bytes("1234"));
  const std::string path = test_file("bare.ko");
  elf.write(path);
  const auto file = ElfFile::open(path);
  ASSERT_TRUE(file) << file.error().text;
  const auto symbols = file->symbols_in(*file->find(".BTF_ids"), "");
  ASSERT_TRUE(symbols) << symbols.error().text;
  EXPECT_TRUE(symbols->empty());
}

TEST(ElfFile, NobitsCannotBeRead) {
  const auto file = ElfFile::open(write_sample("good.ko"));
  ASSERT_TRUE(file) << file.error().text;
  const auto bytes = file->read(*file->find(".bss"));
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().kind, ErrorKind::unsupported);
}

TEST(ElfFile, MissingFile) {
  const auto file = ElfFile::open(test_file("nowhere.ko"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::not_found);
}

TEST(ElfFile, NotElf) {
  const std::string path = test_file("text.ko");
  for (const std::string text : {"", "\177ELF", "#!/bin/sh\necho no ELF at all, far from it\n"}) {
    spill(path, text);
    const auto file = ElfFile::open(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, ErrorKind::malformed) << file.error().text;
    EXPECT_EQ(file.error().text.find(path), 0U) << file.error().text;
  }
}

TEST(ElfFile, SectionOutsideTheFile) {
  const auto refused = [](auto change) {
    const std::string path = write_sample("outside.ko");
    patch_section(path, 2, change);
    const auto file = ElfFile::open(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, ErrorKind::malformed);
    EXPECT_NE(file.error().text.find(".BTF_ids lies outside"), std::string::npos)
        << file.error().text;
  };
  refused([](Elf64_Shdr& s) { s.sh_offset = 1 << 30; });
  refused([](Elf64_Shdr& s) { s.sh_size = 1 << 30; });
  refused([](Elf64_Shdr& s) { s.sh_size = UINT64_MAX; });
  refused([](Elf64_Shdr& s) { s.sh_offset = UINT64_MAX - 3; });
}

TEST(ElfFile, DamagedSymbolTable) {
  const auto refused = [](std::size_t section, auto change) {
    const std::string path = write_sample("symbols.ko");
    patch_section(path, section, change);
    const auto file = ElfFile::open(path);
    if (!file) // also a way to find out
      return;
    const auto symbols = file->symbols_in(*file->find(".BTF_ids"), "__BTF_ID__");
    ASSERT_FALSE(symbols);
    EXPECT_EQ(symbols.error().kind, ErrorKind::malformed);
  };
  refused(4, [](Elf64_Shdr& s) { s.sh_link = 99; });
  refused(4, [](Elf64_Shdr& s) { s.sh_link = 1; }); // .text is no string table
  refused(5, [](Elf64_Shdr& s) { s.sh_size = 3; }); // .strtab ends within the first name
}

TEST(ElfFile, TruncatedAnywhere) {
  const std::string whole = slurp(write_sample("whole.ko"));
  const std::string path = test_file("cut.ko");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    spill(path, whole.substr(0, size));
    const auto file = ElfFile::open(path);
    ASSERT_FALSE(file) << "opened with " << size << " of " << whole.size() << " bytes";
    EXPECT_EQ(file.error().kind, ErrorKind::malformed);
  }
}

TEST(ElfFile, DamagedAnywhereDoesNotCrash) {
  const std::string whole = slurp(write_sample("whole.ko"));
  const std::string path = test_file("damaged.ko");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(~bytes[at]);
    spill(path, bytes);
    const auto file = ElfFile::open(path);
    if (!file)
      continue;
    for (const ElfSection& section : file->sections()) {
      if (section.size < 1 << 24)
        (void)file->read(section);
      (void)file->symbols_in(section, "__BTF_ID__");
    }
    (void)layout_is_index_order(*file);
  }
}

TEST(ElfLayout, TellsIndexOrder) {
  const auto ordered = ElfFile::open(write_sample("ordered.ko"));
  ASSERT_TRUE(ordered) << ordered.error().text;
  EXPECT_TRUE(layout_is_index_order(*ordered));
  const auto moved =
      ElfFile::open(write_sample("moved.ko", ElfBuilder::Layout::first_section_last));
  ASSERT_TRUE(moved) << moved.error().text;
  EXPECT_FALSE(layout_is_index_order(*moved));
}

TEST(ElfLayout, IgnoresSectionsWithoutBytes) {
  const std::string path = write_sample("empty.ko");
  patch_section(path, 3, [](Elf64_Shdr& s) { s.sh_offset = 1; }); // .bss
  patch_section(path, 2, [](Elf64_Shdr& s) { s.sh_offset = s.sh_size = 0; });
  const auto file = ElfFile::open(path);
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_TRUE(layout_is_index_order(*file));
}

} // namespace
} // namespace kbtf::test
