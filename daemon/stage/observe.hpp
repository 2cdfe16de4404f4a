// SPDX-License-Identifier: GPL-2.0-only
// The part of a plan that reads the disk: which base, which tools, which modules, and what each
// .ko looks like now. Blocking; runs on the daemon's thread pool and shares nothing but
// FileHashes, which is thread-safe. Decides nothing but whether a module without a record looks
// adoptable (plan/decide.hpp says why that is enough).
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/model/stage_spec.hpp"
#include "daemon/plan/decide.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "daemon/tools/pahole_call.hpp"
#include "daemon/tools/surroundings.hpp"
#include "daemon/tools/tool_key.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kbtf {

// What holds for a whole stage.
struct StageFacts {
  std::string base_path; // absolute
  StampedHash base;
  ToolKey tools;
  ToolKey linker;                   // of $(LD)
  std::string config_path;          // include/config/auto.conf, absolute
  std::optional<FileStamp> config;  // of it, before anything was read; none: it is not there
  std::vector<std::string> modules; // as modules.order spells them
  std::shared_ptr<const PaholeOfStage> pahole; // null: its call cannot be read, no profiles

  [[nodiscard]] BuildKey key() const { return {base.hash, tools.key, linker.key}; }
};

// What the build's programs see.
[[nodiscard]] Surroundings surroundings_of(const StageSpec& spec);

// What decides the BTF of the modules besides themselves: all of StageFacts but `modules`. Errors
// as for gather_facts().
[[nodiscard]] Expected<StageFacts> gather_inputs(const StageSpec& spec, FileHashes& hashes);

// Errors say why the stage has to be stock's: no base named, no .BTF in it, a tool not found.
[[nodiscard]] Expected<StageFacts> gather_facts(const StageSpec& spec, FileHashes& hashes);

// Whether base, tools, linker and configuration are still those that were gathered. Errors:
// file_moved, one phrase that names the one that is not.
[[nodiscard]] Status still_holds(const StageFacts& facts);

struct Subject {
  std::string ko; // absolute
  std::optional<ModuleRecord> record;
  bool has_copy = false;     // pristine bytes are at hand without a patch
  bool can_renumber = false; // for Observed
};

struct Seen {
  Observed observed;
  FileStamp stamp;         // when observed.exists
  bool is_settled = false; // of `stamp`, when observed.is_recorded_file or adoptable
  ContentHash inputs;      // of the link, see link_check.hpp; unknown: as recorded
};

// One Seen per Subject. A .ko whose stamp moved is hashed: content decides, not time. `now_ns`:
// when the looking begins, for is_settled().
[[nodiscard]] std::vector<Seen> observe_modules(const std::vector<Subject>& subjects,
                                                const StageFacts& facts,
                                                std::int64_t now_ns = realtime_ns());

} // namespace kbtf
