// SPDX-License-Identifier: GPL-2.0-only
// What `kbtf stats` counts. Values.
#pragma once

#include <cstdint>

namespace kbtf {

// How the modules of one stage, or of all stages, were served. A module that was linked also counts
// in btf_run. One whose step failed counts neither in btf_run nor in untouched.
struct StageCounts {
  std::uint64_t modules = 0;
  std::uint64_t linked = 0;         // by make or by `kbtf run`, before their step
  std::uint64_t btf_run = 0;        // BTF steps that ended well
  std::uint64_t btf_cached = 0;     // not implemented: always 0
  std::uint64_t btf_renumbered = 0; // BTF written by the daemon, without a step
  std::uint64_t untouched = 0;      // no step began, and not renumbered
  std::uint64_t fallback_stock = 0; // of stages that fell back to the stock build

  StageCounts& operator+=(const StageCounts& more) {
    modules += more.modules;
    linked += more.linked;
    btf_run += more.btf_run;
    btf_cached += more.btf_cached;
    btf_renumbered += more.btf_renumbered;
    untouched += more.untouched;
    fallback_stock += more.fallback_stock;
    return *this;
  }
};

// Modules that the daemon rebuilt the stock way, in the background.
struct SelfCheckCounts {
  std::uint64_t same = 0;
  std::uint64_t different = 0; // each leaves a mark, see store/distrust.hpp
  std::uint64_t unchecked = 0; // something changed since, or stock's commands failed
  // Adopted modules that differ from a stock rebuild. The next build links them.
  std::uint64_t adopted_different = 0;
};

} // namespace kbtf
