// SPDX-License-Identifier: GPL-2.0-only
// Service: links that need not run. make wants one because an object is newer than the module;
// where objects and command have the content that they had at the last link (a checkout back and
// forth, a compiler cache, a touched file) the link would write the bytes that are the module's
// already.
#include "daemon/server/service.hpp"

#include "daemon/stage/recorded.hpp"
#include "util/old_time.hpp"

#include <fcntl.h>
#include <filesystem>

namespace kbtf {

LinkSpec Service::link_spec(const Stage& stage, const LinkText& link) const {
  return {stage.around, link.command, link.inputs};
}

void Service::same_link(const SameLinkRequest& request, const Respond& respond) {
  Stage* stage = find_stage(request.stage);
  if (!stage)
    return respond(make_error({ErrorKind::not_found, "no stage " + request.stage}));
  const std::string ko = step_path(*stage, request.ko);
  const ModuleRecord* record = m_records.find(ko);
  // Without the end of the stage nobody would give the module its time stamp.
  if (!record || record->state != ModuleState::finished || !record->link.is_known() ||
      !stage->sends_stage_end)
    return respond(reply(SameLinkReply{}));
  offload(
      [this, spec = link_spec(*stage, request.link), ko, expected = record->link,
       record = *record] {
        const auto now = stamp_of(ko);
        // A symbolic link cannot have a time stamp of its own as make sees it.
        if (!now || std::filesystem::is_symlink(ko) || !compare_with_record(record, *now).is_same)
          return std::vector<ToolFile>();
        auto key = link_key(spec, m_hashes);
        return key && key->key == expected ? std::move(key->files) : std::vector<ToolFile>();
      },
      [this, id = request.stage, ko, respond](Expected<std::vector<ToolFile>> same) {
        const bool is_same = same && !same->empty();
        if (Stage* asked = find_stage(id); asked && is_same)
          asked->same_link.insert_or_assign(ko, *std::move(same));
        respond(reply(SameLinkReply{is_same}));
      });
}

// As a link would have: newer than the objects. Not before the end of the stage, when make has
// compared all that it wants to compare.
void Service::touch_same_links(const Stage& stage) {
  std::vector<ModuleRecord> touched;
  for (const auto& [ko, files] : stage.same_link) {
    const ModuleRecord* record = m_records.find(ko);
    // Renumbered in this stage, so newer already, or changed by somebody else.
    if (stage.renumber.contains(ko) || !record || record->state != ModuleState::finished)
      continue;
    auto fd = open_fd(ko, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const auto before = fd ? stamp_of(*fd, ko) : fd.forward_error();
    if (!before || !(*before == record->stamp))
      continue;
    const auto time = set_present_time(*fd, ko);
    const auto stamp = stamp_of(*fd, ko);
    if (!time || !stamp)
      continue;
    // Compiled once more since make has asked: the module must not be newer than that.
    if (!have_same_stamps(files)) {
      static_cast<void>(set_old_time(*fd, ko));
      doubt(ko, "an object changed while modules were built");
      continue;
    }
    touched.push_back(*record);
    touched.back().stamp = *stamp;
    touched.back().is_settled = record->is_settled && stamp->mtime_ns == *time;
  }
  m_records.put_all(touched, StateDb::Sync::later);
}

} // namespace kbtf
