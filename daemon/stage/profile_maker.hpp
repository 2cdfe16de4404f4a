// SPDX-License-Identifier: GPL-2.0-only
// Makes profiles (renumber/profile.hpp). Runs the build's own pahole with the build's flags on a
// finished .ko, without a base, with output into the daemon's directory. Knows files, not records.
// Blocking; one thread at a time: that of the IdleWorker.
#pragma once

#include "daemon/btf/module_content.hpp"
#include "daemon/renumber/profile.hpp"
#include "daemon/store/base_store.hpp"
#include "daemon/store/pristine.hpp"
#include "daemon/tools/pahole_call.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

struct ProfileJob {
  std::string ko;
  FileStamp stamp;  // of the finished .ko; if the file has changed since, it is left alone
  ContentHash btf;  // of its BTF sections
  ContentHash base; // that it was built against
  std::optional<PristinePatch> way; // make() fills in `blank`
  std::shared_ptr<const PaholeOfStage> pahole;
};

struct ProfileResult {
  ProfileJob job;
  std::vector<std::byte> profile; // serialized; empty: none
  std::string why_not;            // one phrase if there is none
  bool needs_pristine = false;    // `job.way` would make one possible
};

class ProfileMaker {
public:
  // `scratch` is a path for pahole's output, in a directory of the daemon's; "": make no profiles.
  // `cancel` is a descriptor that becomes readable when pahole is to be stopped.
  ProfileMaker(const BaseStore& bases, std::string scratch, int cancel)
      : m_bases(bases), m_scratch(std::move(scratch)), m_cancel(cancel) {}

  [[nodiscard]] ProfileResult make(ProfileJob job);
  // Drops the base, which is kept in libbpf's form between profiles.
  void forget_base();

private:
  [[nodiscard]] Expected<std::vector<std::byte>> profile_of(ProfileResult& result);
  [[nodiscard]] Expected<std::vector<std::byte>> full_btf(ProfileResult& result,
                                                          const ModuleSections& sections);
  [[nodiscard]] Expected<Profiler*> profiler_for(const ContentHash& base);

  const BaseStore& m_bases;
  std::string m_scratch;
  int m_cancel;
  ContentHash m_profiled_base; // m_profiler's
  std::optional<Profiler> m_profiler;
};

} // namespace kbtf
