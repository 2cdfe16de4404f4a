// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/module_content.hpp"

#include <utility>

namespace kbtf {
namespace {

Expected<std::optional<SectionBytes>> read_section(const ElfFile& file, const char* name) {
  const ElfSection* section = file.find(name);
  if (!section)
    return std::optional<SectionBytes>();
  auto bytes = file.read(*section);
  if (!bytes)
    return bytes.forward_error();
  return std::optional(SectionBytes{{section->offset, section->size}, *std::move(bytes)});
}

Expected<std::vector<IdSymbol>> read_id_symbols(const ElfFile& file) {
  std::vector<IdSymbol> result;
  const ElfSection* ids = file.find(".BTF_ids");
  if (!ids)
    return result;
  auto symbols = file.symbols_in(*ids, "__BTF_ID__");
  if (!symbols)
    return symbols.forward_error();
  result.reserve(symbols->size());
  for (auto& symbol : *symbols)
    result.push_back({std::move(symbol.name), symbol.value, symbol.size});
  return result;
}

} // namespace

ContentHash ModuleSections::hash() const {
  std::string hashes;
  const auto add = [&hashes](const char* name, const std::optional<SectionBytes>& section) {
    if (section)
      hashes += name + hash_bytes(section->bytes).hex();
  };
  add(".BTF", btf);
  add(".BTF.base", btf_base);
  add(".BTF_ids", btf_ids);
  return hash_text(hashes);
}

std::vector<ByteRange> ModuleSections::numbered() const {
  std::vector<ByteRange> ranges;
  for (const auto* section : {&btf, &btf_ids})
    if (*section)
      ranges.push_back((*section)->range);
  return ranges;
}

Expected<ModuleSections> read_module_sections(const std::string& ko) {
  auto file = ElfFile::open(ko);
  if (!file)
    return file.forward_error();
  return read_module_sections(*file, ko);
}

Expected<ModuleSections> read_module_sections(const ElfFile& file, const std::string& ko) {
  ModuleSections sections;
  sections.stamp = file.stamp();
  for (auto [name, to] : {std::pair(".BTF", &sections.btf),
                          {".BTF.base", &sections.btf_base},
                          {".BTF_ids", &sections.btf_ids}}) {
    auto section = read_section(file, name);
    if (!section)
      return section.forward_error();
    *to = *std::move(section);
  }
  auto symbols = read_id_symbols(file);
  if (!symbols)
    return symbols.forward_error();
  sections.id_symbols = *std::move(symbols);
  auto now = file.stamp_now();
  if (!now)
    return now.forward_error();
  if (!(*now == sections.stamp))
    return unexpected(ErrorKind::file_moved, ko + ": changed while it was read");
  return sections;
}

Expected<ModuleContent> read_module_content(const std::string& ko) {
  auto sections = read_module_sections(ko);
  if (!sections)
    return sections.forward_error();
  auto rest = hash_file(ko, sections->numbered());
  if (!rest)
    return rest.forward_error();
  if (!(rest->stamp == sections->stamp))
    return unexpected(ErrorKind::file_moved, ko + ": changed while it was read");
  return ModuleContent{rest->stamp, rest->hash, sections->hash()};
}

} // namespace kbtf
