// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/people_verbs.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/server/explain.hpp"
#include "daemon/server/wire.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/tools/modules_order.hpp"
#include "proto/version.hpp"

#include <fstream>
#include <unistd.h>

namespace kbtf {
namespace {

// Resident set size, from /proc/self/statm, in KiB.
std::uint64_t resident_kib() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

} // namespace

void PeopleVerbs::with_modules(const TreeRecord& tree,
                               std::function<void(std::vector<KnownModule>)> then) {
  m_ground.offload([tree] { return modules_of_tree(tree); },
                   [this, cwd = tree.cwd,
                    then = std::move(then)](const Expected<std::vector<std::string>>& names) {
                     std::vector<KnownModule> modules;
                     for (const auto& name : names ? *names : std::vector<std::string>()) {
                       KnownModule module{absolute_path(cwd, name), {}};
                       if (const ModuleRecord* record = m_ground.records.find(module.ko))
                         module.record = *record;
                       modules.push_back(std::move(module));
                     }
                     then(std::move(modules));
                   });
}

void PeopleVerbs::status(const StatusRequest& request, Then<StatusReply> then) {
  StatusReply answer;
  answer.version = k_version;
  answer.runtime_dir = m_ground.places.runtime_dir;
  answer.state_dir = m_ground.places.state_dir;
  answer.state = m_ground.records.where();
  answer.state_warning = m_ground.places.state_warning;
  answer.log = m_ground.places.log;
  answer.watch = m_watcher.describe();
  answer.pid = ::getpid();
  answer.uptime_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - m_started)
          .count());
  answer.modules = m_ground.records.size();
  answer.pending_patches = m_ground.work.count();
  answer.resident_kib = resident_kib();
  for (const auto& [name, tree] : m_trees.all())
    answer.stages.push_back(to_wire(tree));
  answer.distrusted = all_distrusted(m_ground.places.state_dir);
  const TreeRecord* found = request.tree.empty() ? nullptr : m_trees.find(request.tree);
  if (!found)
    return then(answer);
  const StageSpec* spec = m_trees.spec(request.tree);
  with_modules(*found, [this, answer = std::move(answer), tree = *found,
                        spec = spec ? *spec : StageSpec{},
                        then = std::move(then)](std::vector<KnownModule> modules) {
    m_ground.offload(
        [this, answer, tree, spec, modules = std::move(modules)]() mutable {
          const auto facts = gather_inputs(spec, m_ground.hashes);
          answer.tree = to_wire(tree, compare_tree(modules, facts ? Expected<BuildKey>(facts->key())
                                                                  : facts.forward_error()));
          return answer;
        },
        then);
  });
}

StatsReply PeopleVerbs::stats(const StatsRequest& request) {
  if (request.zero)
    m_totals.zero();
  return {to_wire(m_totals.all()), to_wire(m_totals.last_stage()), to_wire(m_totals.self_checks())};
}

void PeopleVerbs::restore(const RestoreRequest& request, Then<RestoreReply> then) {
  const TreeRecord* found = m_trees.find(request.tree);
  if (!found || found->base_path.empty())
    return then(unexpected(ErrorKind::not_found,
                           request.tree + ": no module stage under kbtf is on record"));
  if (m_steps.is_active_in(request.tree))
    return then(unexpected(ErrorKind::refused, request.tree + ": a build is running"));
  with_modules(
      *found, [this, tree = *found, then = std::move(then)](std::vector<KnownModule> modules) {
        m_ground.offload(
            [this, tree, modules = std::move(modules)]() -> Expected<Restored> {
              auto base = m_ground.hashes.part(tree.base_path, ".BTF", hash_base_btf);
              if (!base)
                return base.forward_error();
              return restore_tree(tree, base->hash, modules);
            },
            [this, then](const Expected<Restored>& done) {
              if (!done)
                return then(done.forward_error());
              // A build that began meanwhile has its own marks in the records.
              for (const auto& record : done->touched)
                if (!m_steps.is_active(record.ko))
                  m_ground.records.put(record);
              for (const auto& ko : done->removed)
                if (!m_steps.is_active(ko))
                  m_ground.records.erase(ko); // certainly gone: what comes next is another file
              then(to_wire(*done));
            });
      });
}

void PeopleVerbs::explain(const ExplainRequest& request, Then<ExplainReply> then) {
  const ModuleRecord* record = m_ground.records.find(request.ko);
  if (!record)
    return m_ground.offload([ko = request.ko] { return explain_unknown(ko); }, std::move(then));
  // The last stage of the tree that contains the .ko says what it would be built against now.
  const TreeRecord* tree = m_trees.holder_of(record->ko);
  const auto inputs_of = [this](const BuildKey& key) {
    std::vector<ToolInput> inputs;
    for (const ContentHash& part : {key.tools, key.linker})
      for (auto& input : tool_inputs_from_text(m_ground.records.value(tool_inputs_name(part))))
        inputs.push_back(std::move(input));
    return inputs;
  };
  m_ground.offload(
      [this, record = *record, base = tree ? tree->base_path : std::string(),
       then_inputs = inputs_of(record->key),
       now_inputs = tree ? inputs_of(tree->key) : std::vector<ToolInput>()] {
        return explain_module(record, base, then_inputs, now_inputs, m_ground.hashes);
      },
      std::move(then));
}

} // namespace kbtf
