// SPDX-License-Identifier: GPL-2.0-only
// The part of a plan that reads the disk: which base, which tools, which modules, and what each .ko
// looks like now. Blocking; runs on the daemon's thread pool and shares only FileHashes, which is
// thread-safe. Decides only whether a module without a record looks adoptable (plan/decide.hpp says
// why that is enough).
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/model/stage_spec.hpp"
#include "daemon/plan/decide.hpp"
#include "daemon/stage/known_module.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "daemon/tools/pahole_call.hpp"
#include "daemon/tools/surroundings.hpp"
#include "daemon/tools/tool_key.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

// What all modules of a stage have in common.
struct StageFacts {
  std::string base_path; // absolute
  StampedHash base;
  ToolKey tools;
  ToolKey linker;                   // of $(LD)
  std::string config_path;          // include/config/auto.conf, absolute
  std::optional<FileStamp> config;  // its stamp before the tools were read; none: no such file
  std::vector<std::string> modules; // as modules.order spells them
  std::shared_ptr<const PaholeOfStage> pahole; // null: its call cannot be parsed, no profiles

  [[nodiscard]] BuildKey key() const { return {base.hash, tools.key, linker.key}; }
};

// What the build's programs see.
[[nodiscard]] Surroundings surroundings_of(const StageSpec& spec);

// What decides the modules' BTF besides themselves: all of StageFacts except `modules`. Errors as
// for gather_facts().
[[nodiscard]] Expected<StageFacts> gather_inputs(const StageSpec& spec, FileHashes& hashes);

// Errors say why the stage falls back to the stock build: no base named, no .BTF in it, a tool not
// found, modules.order cannot be read or does not list the modules of this stage, a name that is
// not UTF-8.
[[nodiscard]] Expected<StageFacts> gather_facts(const StageSpec& spec, FileHashes& hashes);

// Checks that base, tools, linker and configuration are still the gathered ones. Errors:
// file_moved, one phrase that names what changed.
[[nodiscard]] Status still_holds(const StageFacts& facts);

struct Seen {
  Observed observed;
  FileStamp stamp;         // when observed.exists
  bool is_settled = false; // of `stamp`, when observed.is_recorded_file or adoptable
  ContentHash inputs;      // of the link, see link_check.hpp; unknown: as recorded
};

// Returns one Seen per KnownModule. Hashes a .ko whose stamp moved: content decides, not time.
// `now_ns` is the time before the first look, for is_settled().
[[nodiscard]] std::vector<Seen> observe_modules(const std::vector<KnownModule>& subjects,
                                                const StageFacts& facts,
                                                std::int64_t now_ns = realtime_ns());

} // namespace kbtf
