// SPDX-License-Identifier: GPL-2.0-only
// The last part of a plan: decisions and what came of renumbering -> what make has to do, what the
// end of the stage will write, and which records change. Pure: reads no file; one clock reading is
// handed in.
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
    std::size_t module; // its place in the subjects
    Decision decision;  // step or link
  };
  std::vector<Work> work;
  std::map<std::string, std::shared_ptr<const RenumberedModule>> renumber; // by absolute .ko
};

// `subjects`, `seen`, `decisions`: one each per module, in one order. A result that is not of the
// file that was seen counts as none.
[[nodiscard]] PlanOutcome settle_plan(const std::vector<Subject>& subjects,
                                      const std::vector<Seen>& seen,
                                      const std::vector<Decision>& decisions,
                                      const RenumberResults& renumbered);

// What was seen of a module becomes its record: it was adopted, or only its stamp moved, or it is
// one that kbtf cannot vouch for, which is not to be forgotten: a later touch would make it look
// newer than its inputs. None: the record stays as it is. `at`: now, RFC 3339.
[[nodiscard]] std::optional<ModuleRecord> observed_record(const Subject& subject, const Seen& seen,
                                                          const Decision& decision,
                                                          const BuildKey& key,
                                                          const std::string& at);

} // namespace kbtf
