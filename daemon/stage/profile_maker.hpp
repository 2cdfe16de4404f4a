// SPDX-License-Identifier: GPL-2.0-only
// Makes profiles (renumber/profile.hpp), with a pahole run: the build's own, with the build's own
// flags, on a finished .ko, without a base, output into the daemon's directory.
// Knows files, not records. Blocking; one thread at a time: that of the IdleWorker.
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
  FileStamp stamp;                  // of the finished .ko; a file that has moved on is left alone
  ContentHash btf;                  // of its BTF sections
  ContentHash base;                 // that it was made against
  std::optional<PristinePatch> way; // `blank` is filled in by the worker
  std::shared_ptr<const PaholeOfStage> pahole;
};

struct ProfileResult {
  ProfileJob job;
  std::vector<std::byte> profile; // serialized; empty: none
  std::string why_not;            // one phrase, if there is none
  bool needs_pristine = false;    // there could be one with `job.way`
};

class ProfileMaker {
public:
  // `scratch` is a path for pahole's output, in a directory of the daemon's; "" makes no profile.
  // `cancel` is a descriptor that becomes readable when pahole is to be ended.
  ProfileMaker(const BaseStore& bases, std::string scratch, int cancel)
      : m_bases(bases), m_scratch(std::move(scratch)), m_cancel(cancel) {}

  [[nodiscard]] ProfileResult make(ProfileJob job);
  // Drops the base that is kept in libbpf's form from one profile to the next.
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
