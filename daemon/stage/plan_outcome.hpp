// SPDX-License-Identifier: GPL-2.0-only
// The last part of a plan: from the decisions and the results of renumbering, works out what make
// has to do, what the end of the stage writes, and which records change. Pure: reads neither files
// nor the clock; the caller passes the time.
#pragma once

#include "daemon/stage/observe.hpp"
#include "daemon/stage/renumber_module.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace kbtf {

// By absolute .ko.
using RenumberResults = std::unordered_map<std::string, std::shared_ptr<const RenumberedModule>>;

struct PlanOutcome {
  struct Work {
    std::size_t module; // its index in the subjects
    Decision decision;  // step or link
  };
  std::vector<Work> work;
  std::map<std::string, std::shared_ptr<const RenumberedModule>> renumber; // by absolute .ko
};

// `subjects`, `seen`, `decisions`: one each per module, in the same order. Ignores a result that is
// not of the file that was seen.
[[nodiscard]] PlanOutcome settle_plan(const std::vector<KnownModule>& subjects,
                                      const std::vector<Seen>& seen,
                                      const std::vector<Decision>& decisions,
                                      const RenumberResults& renumbered);

// Returns the record for what was seen of a module, if that changes it: the module was adopted,
// only its stamp moved, or kbtf cannot vouch for it. The last is recorded because a later touch
// would make the module look newer than its inputs. None: the record stays as it is. `at`: now, RFC
// 3339.
[[nodiscard]] std::optional<ModuleRecord>
observed_record(const KnownModule& subject, const Seen& seen, const Decision& decision,
                const BuildKey& key, const std::string& at);

} // namespace kbtf
