// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/verify_module.hpp"
#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/btf/btf_distilled.hpp"

#include <elf.h>
#include <utility>

namespace kbtf {
namespace {

// "SECTION: what the check said"; the path comes in front in verify_module.
Unexpected in_section(const char* section, const Error& error) {
  return unexpected(error.kind, std::string(section) + ": " + error.text);
}

Unexpected with_path(const std::string& path, const Error& error) {
  return unexpected(error.kind, path + ": " + error.text);
}

// The sections of a module that matter here, copied.
struct Sections {
  std::vector<std::byte> btf;
  std::optional<std::vector<std::byte>> distilled;
  std::optional<std::vector<std::byte>> ids;
  std::vector<IdSymbol> id_symbols;
};

Expected<std::optional<std::vector<std::byte>>> read_optional(const ElfFile& file,
                                                              const ElfSection* section) {
  std::optional<std::vector<std::byte>> bytes;
  if (section) {
    auto read = file.read(*section);
    if (!read)
      return read.forward_error();
    bytes = *std::move(read);
  }
  return bytes;
}

Expected<std::vector<IdSymbol>> read_id_symbols(const ElfFile& file, const ElfSection& ids) {
  auto symbols = file.symbols_in(ids, "__BTF_ID__");
  if (!symbols)
    return symbols.forward_error();
  std::vector<IdSymbol> result;
  result.reserve(symbols->size());
  for (auto& symbol : *symbols)
    result.push_back({std::move(symbol.name), symbol.value, symbol.size});
  return result;
}

// ElfFile puts the path into its own errors.
Expected<Sections> read_sections(const ElfFile& file, const ElfSection& btf) {
  Sections sections;
  auto bytes = file.read(btf);
  if (!bytes)
    return bytes.forward_error();
  sections.btf = *std::move(bytes);
  auto distilled = read_optional(file, file.find(".BTF.base"));
  if (!distilled)
    return distilled.forward_error();
  sections.distilled = *std::move(distilled);
  const ElfSection* ids = file.find(".BTF_ids");
  auto id_bytes = read_optional(file, ids);
  if (!id_bytes)
    return id_bytes.forward_error();
  sections.ids = *std::move(id_bytes);
  if (ids) {
    auto symbols = read_id_symbols(file, *ids);
    if (!symbols)
      return symbols.forward_error();
    sections.id_symbols = *std::move(symbols);
  }
  return sections;
}

// The kernel's rules hold; does libbpf agree?
Status check_with_libbpf(const Sections& sections, const LibbpfBtf& base) {
  if (!sections.distilled)
    return base.check_split(sections.btf);
  auto distilled = LibbpfBtf::parse(*sections.distilled);
  return distilled ? distilled->check_split(sections.btf) : Status(distilled.forward_error());
}

// Returns how many types the split has of its own.
Expected<std::uint32_t> check_sections(const Sections& sections, const BtfBase& base) {
  const BtfBase* below = &base;
  std::shared_ptr<const BtfBase> distilled;
  if (sections.distilled) {
    auto parsed = BtfBase::parse(*sections.distilled);
    if (!parsed)
      return in_section(".BTF.base", parsed.error());
    distilled = *std::move(parsed);
    below = distilled.get();
  }
  if (auto split = check_split_btf(below, sections.btf); !split)
    return in_section(".BTF", split.error());
  if (distilled)
    if (auto fits = check_distilled_base(base, *distilled, sections.btf); !fits)
      return in_section(".BTF.base", fits.error());
  if (sections.ids)
    if (auto ids = check_btf_ids(below, sections.btf, *sections.ids, sections.id_symbols); !ids)
      return in_section(".BTF_ids", ids.error());
  auto view = BtfView::parse(sections.btf, &below->parts().view);
  if (!view)
    return in_section(".BTF", view.error());
  return view->type_count() - view->first_id();
}

} // namespace

Expected<ModuleReport> verify_module(const std::string& path, const BtfBase& base,
                                     const LibbpfBtf* second) {
  auto file = ElfFile::open(path);
  if (!file)
    return file.forward_error();
  const ElfSection* btf = file->find(".BTF");
  if (!btf)
    return unexpected(ErrorKind::not_found,
                      path + ": no .BTF section: the module's BTF step has not run");
  auto sections = read_sections(*file, *btf);
  if (!sections)
    return sections.forward_error();
  auto stamp = file->stamp_now();
  if (!stamp)
    return stamp.forward_error();
  if (*stamp != file->stamp())
    return unexpected(ErrorKind::file_moved, path + ": changed while it was read");
  auto types = check_sections(*sections, base);
  if (!types)
    return with_path(path, types.error());
  if (second)
    if (auto agreed = check_with_libbpf(*sections, *second); !agreed)
      return with_path(path, Error{agreed.error().kind, ".BTF: " + agreed.error().text});
  return ModuleReport{true, sections->distilled.has_value(), sections->ids.has_value(), *types,
                      static_cast<std::uint32_t>(sections->id_symbols.size())};
}

bool layout_is_index_order(const ElfFile& file) {
  std::uint64_t last = 0;
  for (const ElfSection& section : file.sections()) {
    if (section.type == SHT_NOBITS || section.type == SHT_NULL || section.size == 0)
      continue;
    if (section.offset < last)
      return false;
    last = section.offset;
  }
  return true;
}

} // namespace kbtf
