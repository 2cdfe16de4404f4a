// SPDX-License-Identifier: GPL-2.0-only
// Rebuilds a module the stock way: runs the tree's own link command and BTF step into a scratch
// file, and compares it with the module in the tree. That proves that what kbtf renumbered, adopted
// or left alone is what a clean build writes. Both commands, and the environment that decides what
// they write, come from the tree's last plan, that is, from the make that the user ran. The command
// that Kbuild saved in ".x.ko.cmd" must be the same, and is never run: anybody may have written
// that file. If anything is unavailable, the module is unchecked. Writes nothing into the tree.
// Blocking; check() from any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/stage/observe.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace kbtf {

struct Regenerated {
  enum class Result {
    same,
    different, // and stock's result is the same twice
    unchecked, // an input changed since, or stock's commands failed: says nothing
  };
  Result result = Result::unchecked;
  std::string why;                 // unchecked: one phrase
  std::string ko;                  // different: path of stock's module
  std::string folder;              // different: `ko`'s own scratch directory
  std::vector<std::byte> pristine; // same: as the linker left it
  ContentHash inputs;              // same: stamps of what that link read, see link_files.hpp
  ContentHash link;                // same: link key of that link, see tools/link_key.hpp
};

// Removes stock's module with its directory.
void remove_result(const std::string& folder);

class Regenerator {
public:
  // `facts` were gathered from `spec`; if they no longer hold, the module is unchecked. `scratch`
  // is a directory that the caller owns. `cancel` is a descriptor that becomes readable when
  // stock's commands are to be stopped; -1: none.
  Regenerator(StageSpec spec, std::shared_ptr<const StageFacts> facts, FileHashes& hashes,
              std::string scratch, int cancel)
      : m_spec(std::move(spec)), m_facts(std::move(facts)), m_hashes(hashes),
        m_scratch(std::move(scratch)), m_cancel(cancel) {}

  // Concurrent calls need records of different modules.
  [[nodiscard]] Regenerated check(const ModuleRecord& record) const;

private:
  struct Inputs;
  struct Made;
  // Errors: why the module is unchecked.
  [[nodiscard]] Expected<Regenerated> compare(const ModuleRecord& record) const;
  [[nodiscard]] Expected<Inputs> inputs_of(const ModuleRecord& record) const;
  [[nodiscard]] Status is_unchanged(const Inputs& inputs) const;
  [[nodiscard]] Expected<std::string> link_of(const std::string& target,
                                              const ModuleRecord& record) const;
  [[nodiscard]] Expected<Made> make(const Inputs& inputs, const std::string& name) const;
  [[nodiscard]] Status run(const std::string& command) const;

  StageSpec m_spec;
  std::shared_ptr<const StageFacts> m_facts;
  FileHashes& m_hashes;
  std::string m_scratch;
  int m_cancel;
};

} // namespace kbtf
