// SPDX-License-Identifier: GPL-2.0-only
// Makes a module once more as stock does, link and BTF step with the tree's own commands, into a
// scratch file, and compares it with the one in the tree: the proof that what kbtf renumbered or
// left alone is what a clean build leaves. The link command is the one that Kbuild saved in
// ".x.ko.cmd", the BTF command and the environment that gen-btf.sh reads come from the tree's last
// plan. Writes nothing into the tree. Blocking; check() from any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/stage/observe.hpp"
#include "proto/message.hpp"

#include <string>

namespace kbtf {

struct Regenerated {
  enum class Result {
    same,
    different, // and stock makes the same twice
    unchecked, // an input has changed since, or stock's commands failed: says nothing
  };
  Result result = Result::unchecked;
  std::string why; // unchecked: one phrase
  std::string ko;  // different: the path of stock's, alone in a folder of its own
};

class Regenerator {
public:
  // `facts` were gathered from `plan` just now. `scratch` is a directory that the caller owns.
  // `cancel` is a descriptor that becomes readable when stock's commands are to be ended; -1: none.
  Regenerator(PlanRequest plan, StageFacts facts, std::string scratch, int cancel)
      : m_plan(std::move(plan)), m_facts(std::move(facts)), m_scratch(std::move(scratch)),
        m_cancel(cancel) {}

  [[nodiscard]] const StageFacts& facts() const { return m_facts; }

  // Two calls at once need records of different modules.
  [[nodiscard]] Regenerated check(const ModuleRecord& record) const;

private:
  struct Inputs;
  // Errors: why nothing can be said.
  [[nodiscard]] Expected<Regenerated> compare(const ModuleRecord& record) const;
  [[nodiscard]] Expected<Inputs> inputs_of(const ModuleRecord& record) const;
  [[nodiscard]] Status is_unchanged(const Inputs& inputs) const;
  [[nodiscard]] Expected<std::string> make(const Inputs& inputs, const std::string& name) const;
  [[nodiscard]] Status run(const std::string& command) const;

  PlanRequest m_plan;
  StageFacts m_facts;
  std::string m_scratch;
  int m_cancel;
};

} // namespace kbtf
