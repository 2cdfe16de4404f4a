// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/link_check.hpp"

#include "daemon/stage/link_files.hpp"
#include "daemon/tools/link_key.hpp"
#include "daemon/tools/link_template.hpp"
#include "daemon/tools/modules_order.hpp"

#include <algorithm>

namespace kbtf {
namespace {

bool is_same_link(const StageSpec& spec, const StageLink& link, const std::string& module,
                  const ContentHash& recorded, FileHashes& hashes) {
  const auto key =
      link_key({surroundings_of(spec), link_command_for(link.command, link.from, module),
                link_inputs_for(spec.link.inputs, link.from, module)},
               hashes);
  return key && recorded.is_known() && key->key == recorded;
}

} // namespace

void check_link_inputs(const StageSpec& spec, const StageFacts& facts, FileHashes& hashes,
                       const std::vector<KnownModule>& subjects, std::vector<Seen>& seen) {
  const StageLink link = stage_link(spec);
  const LinkFiles files(link);
  if (!files.is_known())
    return;
  for (std::size_t i = 0; i < seen.size() && i < facts.modules.size(); ++i) {
    const auto& record = subjects[i].record;
    if (!record || !record->inputs.is_known() || !seen[i].observed.is_recorded_file)
      continue;
    const std::string module = as_make_spells(facts.modules[i]);
    auto read = files.of(module);
    const bool is_makes = std::ranges::any_of(
        read, [&](const ToolFile& file) { return file.stamp.mtime_ns > seen[i].stamp.mtime_ns; });
    const ContentHash now = hash_of_stamps(std::move(read));
    if (is_makes || now == record->inputs)
      continue;
    if (is_same_link(spec, link, module, record->link, hashes))
      seen[i].inputs = now;
    else
      seen[i].observed.has_other_inputs = true;
  }
}

} // namespace kbtf
