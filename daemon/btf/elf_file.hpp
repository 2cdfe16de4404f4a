// SPDX-License-Identifier: GPL-2.0-only
// An ELF file opened for reading through libelf: finds sections by name and copies their bytes.
// Knows nothing of BTF. Reads with pread, not mmap, since a build may truncate the file under us:
// the result is then an error for a short read, not a SIGBUS. Errors for damaged headers name the
// file. The format is elf(5). Owns descriptor and libelf handle; one thread at a time per object.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct Elf;

namespace kbtf {

struct ElfSection {
  std::string name;
  std::uint64_t index = 0;
  std::uint64_t offset = 0; // in the file
  std::uint64_t size = 0;   // bytes
  std::uint32_t type = 0;   // SHT_*
  std::uint64_t flags = 0;  // SHF_*
};

struct ElfSymbol {
  std::string name;
  std::uint64_t value = 0; // in a relocatable file: offset in its section
  std::uint64_t size = 0;  // bytes
};

class ElfFile {
public:
  // Opens a regular file and checks that every section header lies within it.
  // Errors: not_found, io, malformed (not ELF, truncated, a section outside the file).
  [[nodiscard]] static Expected<ElfFile> open(const std::string& path);

  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ElfFile(ElfFile&& other) noexcept;
  ElfFile& operator=(ElfFile&& other) noexcept;
  ~ElfFile();

  // Stamp taken when the file was opened; compare with stamp_now() after reading.
  [[nodiscard]] const FileStamp& stamp() const { return m_stamp; }
  [[nodiscard]] Expected<FileStamp> stamp_now() const { return stamp_of(m_fd, m_path); }

  [[nodiscard]] const std::vector<ElfSection>& sections() const { return m_sections; }
  // The first section of that name, or nullptr. Valid as long as the ElfFile.
  [[nodiscard]] const ElfSection* find(const std::string& name) const;
  // Copies a section's bytes as they are in the file. Errors: io, malformed, and unsupported for a
  // section that is compressed or has no bytes in the file (SHT_NOBITS).
  [[nodiscard]] Expected<std::vector<std::byte>> read(const ElfSection& section) const;
  // Symbols of .symtab that are defined in `section` and whose names begin with `prefix`; none if
  // the file has no .symtab. Reads through libelf's cache, so not from two threads at a time.
  // Errors: malformed.
  [[nodiscard]] Expected<std::vector<ElfSymbol>> symbols_in(const ElfSection& section,
                                                            const std::string& prefix) const;

private:
  ElfFile(std::string path, Fd fd, FileStamp stamp, Elf* elf);
  [[nodiscard]] Status load_sections();

  std::string m_path;
  Fd m_fd;
  FileStamp m_stamp;
  Elf* m_elf = nullptr;
  std::vector<ElfSection> m_sections;
};

static_assert(!std::is_copy_constructible_v<ElfFile>);

} // namespace kbtf
