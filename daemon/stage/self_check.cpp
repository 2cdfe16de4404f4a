// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/self_check.hpp"

#include "daemon/btf/module_content.hpp"
#include "daemon/stage/difference.hpp"
#include "daemon/store/files.hpp"
#include "daemon/store/patch.hpp"
#include "util/old_time.hpp"

namespace kbtf {
namespace {

// Adds the patch for a module whose pristine bytes were not known.
void add_patch(SelfCheck& check, const std::vector<std::byte>& pristine) {
  auto finished = read_whole(check.record.ko);
  const auto sections = read_module_sections(check.record.ko);
  if (!finished || !sections || !(finished->stamp == check.record.stamp) ||
      !(sections->stamp == check.record.stamp))
    return;
  blank_out(finished->bytes, sections->numbered());
  auto patch = make_patch(finished->bytes, pristine);
  if (!patch)
    return;
  check.rest = hash_bytes(finished->bytes);
  check.btf = sections->hash();
  check.pristine = hash_bytes(pristine);
  check.patch = *std::move(patch);
}

} // namespace

SelfCheck self_check(const Regenerator& regenerator, const StageSpec& spec,
                     const std::string& base_path, const std::string& state_dir,
                     const ModuleRecord& record) {
  SelfCheck check;
  check.record = record;
  const Regenerated made = regenerator.check(record);
  check.result = made.result;
  check.text = made.why;
  if (made.result == Regenerated::Result::same) {
    check.link = made.link;
    check.inputs = made.inputs;
    if (!record.pristine.is_known())
      add_patch(check, made.pristine);
  } else if (made.result == Regenerated::Result::different && record.adopted) {
    check.text = record.ko + ": built without kbtf, and not what stock makes of it now";
    remove_result(made.folder);
    static_cast<void>(set_old_time(record.ko)); // so make links it, even if the records are lost
  } else if (made.result == Regenerated::Result::different) {
    auto kept = keep_difference(state_dir, spec, base_path, record, made.ko);
    remove_result(made.folder);
    check.text = kept ? *kept : kept.error().text;
  }
  return check;
}

} // namespace kbtf
