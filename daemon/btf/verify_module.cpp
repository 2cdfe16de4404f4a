// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/verify_module.hpp"
#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/btf/btf_distilled.hpp"
#include "daemon/btf/module_content.hpp"

#include <elf.h>
#include <utility>

namespace kbtf {
namespace {

// "SECTION: what the check said"; verify_module prepends the path.
Unexpected in_section(const char* section, const Error& error) {
  return unexpected(error.kind, std::string(section) + ": " + error.text);
}

Unexpected with_path(const std::string& path, const Error& error) {
  return unexpected(error.kind, path + ": " + error.text);
}

// The kernel's rules hold; check that libbpf agrees.
Status check_with_libbpf(const ModuleSections& sections, const LibbpfBtf& base) {
  if (!sections.btf_base)
    return base.check_split(sections.btf->bytes);
  auto distilled = LibbpfBtf::parse(sections.btf_base->bytes);
  return distilled ? distilled->check_split(sections.btf->bytes)
                   : Status(distilled.forward_error());
}

// Returns the number of the split's own types.
Expected<std::uint32_t> check_sections(const ModuleSections& sections, const BtfBase& base) {
  const BtfBase* below = &base;
  std::shared_ptr<const BtfBase> distilled;
  const auto& split = sections.btf->bytes;
  if (sections.btf_base) {
    auto parsed = BtfBase::parse(sections.btf_base->bytes);
    if (!parsed)
      return in_section(".BTF.base", parsed.error());
    distilled = *std::move(parsed);
    below = distilled.get();
  }
  if (auto sound = check_split_btf(below, split); !sound)
    return in_section(".BTF", sound.error());
  if (distilled)
    if (auto fits = check_distilled_base(base, *distilled, split); !fits)
      return in_section(".BTF.base", fits.error());
  if (sections.btf_ids)
    if (auto ids = check_btf_ids(below, split, sections.btf_ids->bytes, sections.id_symbols); !ids)
      return in_section(".BTF_ids", ids.error());
  auto view = BtfView::parse(split, &below->parts().view);
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
  if (!file->find(".BTF"))
    return unexpected(ErrorKind::not_found,
                      path + ": no .BTF section: the module's BTF step has not run");
  auto sections = read_module_sections(*file, path);
  if (!sections)
    return sections.forward_error();
  auto types = check_sections(*sections, base);
  if (!types)
    return with_path(path, types.error());
  if (second)
    if (auto agreed = check_with_libbpf(*sections, *second); !agreed)
      return with_path(path, Error{agreed.error().kind, ".BTF: " + agreed.error().text});
  return ModuleReport{true, sections->btf_base.has_value(), sections->btf_ids.has_value(), *types,
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
