// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/elf_file.hpp"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <utility>

namespace kbtf {
namespace {

// Far above any section read here: the BTF of the largest vmlinux is 20 MB. A sparse file may claim
// terabytes.
constexpr std::uint64_t k_max_section = std::uint64_t{1} << 28;

Unexpected damaged(const std::string& path, const std::string& what) {
  return unexpected(ErrorKind::malformed, path + ": " + what);
}

// libelf keeps its last error per thread; -1 asks for that one.
std::string elf_error() {
  const char* text = ::elf_errmsg(-1);
  return text ? text : "unknown ELF error";
}

} // namespace

ElfFile::ElfFile(std::string path, Fd fd, FileStamp stamp, Elf* elf)
    : m_path(std::move(path)), m_fd(std::move(fd)), m_stamp(stamp), m_elf(elf) {}

ElfFile::ElfFile(ElfFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_fd(std::move(other.m_fd)), m_stamp(other.m_stamp),
      m_elf(std::exchange(other.m_elf, nullptr)), m_sections(std::move(other.m_sections)) {}

ElfFile& ElfFile::operator=(ElfFile&& other) noexcept {
  if (this != &other) {
    ::elf_end(m_elf);
    m_path = std::move(other.m_path);
    m_fd = std::move(other.m_fd);
    m_stamp = other.m_stamp;
    m_elf = std::exchange(other.m_elf, nullptr);
    m_sections = std::move(other.m_sections);
  }
  return *this;
}

ElfFile::~ElfFile() {
  ::elf_end(m_elf); // accepts nullptr
}

Expected<ElfFile> ElfFile::open(const std::string& path) {
  static const unsigned version = ::elf_version(EV_CURRENT);
  if (version == EV_NONE)
    return unexpected(ErrorKind::unsupported, "libelf is too old");
  auto fd = open_fd(path, O_RDONLY | O_NONBLOCK); // opening a FIFO would wait for a writer
  if (!fd)
    return fd.forward_error();
  auto stamp = stamp_of(*fd, path);
  if (!stamp)
    return stamp.forward_error();
  Elf* elf = ::elf_begin(fd->get(), ELF_C_READ, nullptr);
  if (!elf)
    return damaged(path, elf_error());
  ElfFile file(path, *std::move(fd), *stamp, elf);
  if (auto loaded = file.load_sections(); !loaded)
    return loaded.forward_error();
  return file;
}

Status ElfFile::load_sections() {
  if (::elf_kind(m_elf) != ELF_K_ELF)
    return damaged(m_path, "not an ELF file");
  std::size_t count = 0;
  std::size_t names = 0;
  if (::elf_getshdrnum(m_elf, &count) != 0 || ::elf_getshdrstrndx(m_elf, &names) != 0)
    return damaged(m_path, elf_error());
  if (count < 2)
    return damaged(m_path, "no section headers (truncated?)");
  for (std::size_t i = 1; i < count; ++i) {
    Elf_Scn* scn = ::elf_getscn(m_elf, i);
    GElf_Shdr header;
    if (!scn || !::gelf_getshdr(scn, &header))
      return damaged(m_path, elf_error());
    const char* name = ::elf_strptr(m_elf, names, header.sh_name);
    if (!name)
      return damaged(m_path, "section " + std::to_string(i) + " has no name: " + elf_error());
    const bool in_file = header.sh_type != SHT_NOBITS;
    if (in_file &&
        (header.sh_offset > m_stamp.size || header.sh_size > m_stamp.size - header.sh_offset))
      return damaged(m_path, std::string("section ") + name + " lies outside the file");
    m_sections.push_back(
        {name, i, header.sh_offset, header.sh_size, header.sh_type, header.sh_flags});
  }
  return Ok{};
}

const ElfSection* ElfFile::find(const std::string& name) const {
  for (const auto& section : m_sections)
    if (section.name == name)
      return &section;
  return nullptr;
}

Expected<std::vector<std::byte>> ElfFile::read(const ElfSection& section) const {
  if (section.type == SHT_NOBITS || (section.flags & SHF_COMPRESSED) != 0)
    return unexpected(ErrorKind::unsupported,
                      m_path + ": section " + section.name + " is compressed or has no bytes");
  if (section.size > k_max_section)
    return damaged(m_path, "section " + section.name + " of " + std::to_string(section.size) +
                               " bytes is larger than any");
  std::vector<std::byte> bytes(section.size);
  const auto size = read_at(m_fd, bytes, section.offset, m_path);
  if (!size)
    return size.forward_error();
  if (*size != bytes.size())
    return damaged(m_path, "ends inside section " + section.name);
  return bytes;
}

} // namespace kbtf
