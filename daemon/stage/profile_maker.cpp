// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/profile_maker.hpp"

#include "daemon/tools/owner.hpp"
#include "util/guarded.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace kbtf {
namespace {

Status write_scratch(const std::string& path, std::span<const std::byte> bytes) {
  auto fd = open_fd(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  return fd ? write_all(*fd, bytes, path) : Status(fd.forward_error());
}

} // namespace

// The finished .ko has the DWARF of the pristine one. But pahole 1.26 and later looks at the flags
// next to the ids of a kfunc set, and finds them sorted there: such a module is made pristine
// first.
Expected<std::vector<std::byte>> ProfileMaker::full_btf(ProfileResult& result,
                                                        const ModuleSections& sections) {
  ProfileJob& job = result.job;
  if (!sections.btf_ids)
    return run_pahole(job.pahole->call, job.ko, m_scratch, m_cancel);
  if (!job.way) {
    result.needs_pristine = true;
    return unexpected(ErrorKind::unsupported, "has .BTF_ids, and no pristine bytes");
  }
  job.way->blank = sections.numbered();
  auto bytes = pristine_bytes(job.ko, *job.way);
  if (!bytes)
    return bytes;
  const std::string pristine = m_scratch + ".ko";
  auto written = write_scratch(pristine, *bytes);
  auto full = written ? run_pahole(job.pahole->call, pristine, m_scratch, m_cancel)
                      : Expected<std::vector<std::byte>>(written.forward_error());
  ::unlink(pristine.c_str());
  return full;
}

Expected<Profiler*> ProfileMaker::profiler_for(const ContentHash& base) {
  if (m_profiler && m_profiled_base == base)
    return &*m_profiler;
  m_profiler.reset();
  auto bytes = m_bases.load(base);
  if (!bytes)
    return bytes.forward_error();
  auto parsed = BtfBase::parse(*bytes);
  if (!parsed)
    return parsed.forward_error();
  auto made = Profiler::make(*parsed);
  if (!made)
    return made.forward_error();
  m_profiler = *std::move(made);
  m_profiled_base = base;
  return &*m_profiler;
}

Expected<std::vector<std::byte>> ProfileMaker::profile_of(ProfileResult& result) {
  const ProfileJob& job = result.job;
  auto sections = read_module_sections(job.ko);
  if (!sections)
    return sections.forward_error();
  if (!(sections->stamp == job.stamp) || sections->hash() != job.btf)
    return unexpected(ErrorKind::file_moved, "changed since its BTF step");
  if (!sections->btf || sections->btf_base)
    return unexpected(ErrorKind::unsupported, sections->btf ? "has .BTF.base" : "no .BTF");
  if (!are_unchanged(job.pahole->files))
    return unexpected(ErrorKind::file_moved, "a BTF tool changed");
  if (auto allowed = may_run_for(job.ko); !allowed)
    return allowed.forward_error();
  auto profiler = profiler_for(job.base);
  if (!profiler)
    return profiler.forward_error();
  auto full = full_btf(result, *sections);
  if (!full)
    return full;
  auto now = stamp_of(job.ko);
  if (!now || !(*now == job.stamp) || !are_unchanged(job.pahole->files))
    return unexpected(ErrorKind::file_moved, "changed while pahole read it");
  const auto from = job.pahole->call.has_second_step ? Profiler::UsesFrom::resolve_btfids
                                                     : Profiler::UsesFrom::deduplication;
  auto profile = (*profiler)->profile(*full, sections->btf->bytes, from);
  if (!profile)
    return profile.forward_error();
  return profile->serialize();
}

ProfileResult ProfileMaker::make(ProfileJob job) {
  ProfileResult result{std::move(job), {}, {}, false};
  auto made = m_scratch.empty() ? Expected<std::vector<std::byte>>(unexpected(
                                      ErrorKind::unsupported, "no place for pahole's output"))
                                : guarded([&] { return profile_of(result); });
  if (made)
    result.profile = *std::move(made);
  else
    result.why_not = made.error().text;
  return result;
}

void ProfileMaker::forget_base() {
  m_profiler.reset();
}

} // namespace kbtf
