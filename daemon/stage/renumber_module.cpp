// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/renumber_module.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/renumber/renumber.hpp"

namespace kbtf {
namespace {

std::string in_words(const Renumbered& refused) {
  std::string text = to_string(refused.refusal);
  return refused.detail.empty() ? text : text + " " + refused.detail;
}

// Otherwise the later sections would move, and half of the file with them: leave that to the BTF
// step.
bool keeps_size(const Renumbered& made, const SectionBytes& section) {
  return made.bytes.size() == section.bytes.size();
}

} // namespace

RenumberedModule renumber_module(const BaseMap& map, const ContentHash& to,
                                 const RenumberTask& task) {
  const auto refuse = [](std::string why) {
    RenumberedModule result;
    result.why_not = std::move(why);
    return result;
  };
  auto profile = Profile::parse(task.profile.data);
  if (!profile)
    return refuse(profile.error().text);
  auto sections = read_module_sections(task.ko);
  if (!sections)
    return refuse(sections.error().text);
  if (!(sections->stamp == task.stamp) || sections->hash() != task.profile.key.btf)
    return refuse("not the file that was recorded");
  if (!sections->btf || sections->btf_base)
    return refuse(sections->btf ? "has .BTF.base" : "no .BTF");

  Renumbered split = renumber_split(map, *profile, sections->btf->bytes);
  if (!split)
    return refuse(in_words(split));
  if (!keeps_size(split, *sections->btf))
    return refuse(".BTF changes its size");

  RenumberedModule result;
  result.why_not.clear();
  result.stamp = task.stamp;
  if (sections->btf_ids) {
    Renumbered ids = renumber_ids(map, sections->btf->bytes, split.bytes, sections->btf_ids->bytes,
                                  sections->id_symbols);
    if (!ids)
      return refuse(in_words(ids));
    if (!keeps_size(ids, *sections->btf_ids))
      return refuse(".BTF_ids changes its size");
    sections->btf_ids->bytes = ids.bytes;
    result.parts.push_back({sections->btf_ids->range.offset, std::move(ids.bytes)});
  }
  sections->btf->bytes = split.bytes;
  result.profile = {
      task.ko, {to, sections->hash()}, profile->moved(map, hash_bytes(split.bytes)).serialize()};
  result.parts.push_back({sections->btf->range.offset, std::move(split.bytes)});
  return result;
}

} // namespace kbtf
