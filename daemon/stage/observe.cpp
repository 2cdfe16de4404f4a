// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/observe.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/elf_file.hpp"
#include "daemon/btf/verify_module.hpp"
#include "daemon/stage/recorded.hpp"
#include "daemon/tools/command_text.hpp"
#include "daemon/tools/link_key.hpp"
#include "daemon/tools/link_times.hpp"
#include "daemon/tools/link_words.hpp"
#include "daemon/tools/modules_order.hpp"

#include "util/fd.hpp"
#include "util/utf8.hpp"

#include <algorithm>
#include <set>

namespace kbtf {
namespace {

// The latest change of any input that make does not compare a module with: tools, their libraries
// and scripts, and the configuration. Installing a package keeps a file's mtime and moves its
// ctime. Empty: the configuration is not where Kbuild puts it, so nothing is known about it.
std::optional<std::int64_t> newest_input(const StageFacts& facts) {
  if (!facts.config)
    return std::nullopt;
  std::int64_t newest =
      std::max({facts.config->mtime_ns, facts.config->ctime_ns, facts.tools.newest_link_ns,
                facts.linker.newest_link_ns, newest_link_ns(facts.base_path)});
  for (const auto& files : {&facts.tools.files, &facts.linker.files})
    for (const auto& file : *files)
      newest = std::max({newest, file.stamp.mtime_ns, file.stamp.ctime_ns});
  return newest;
}

// Decides whether modules without a record can be adopted. Parses the base once, when the first
// such module asks. plan/decide.hpp, Observed::adoptable, says why.
class Adoption {
public:
  Adoption(const StageFacts& facts, std::int64_t now_ns)
      : m_facts(facts), m_newest_input(newest_input(facts)), m_now_ns(now_ns) {}

  bool is_adoptable(const std::string& ko, const FileStamp& stamp) {
    if (stamp.mtime_ns < m_facts.base.stamp.mtime_ns || !m_newest_input ||
        stamp.mtime_ns <= *m_newest_input || !is_settled(stamp, m_now_ns) || !load_base())
      return false;
    auto file = ElfFile::open(ko);
    if (!file || file->find(".BTF_ids") || layout_is_index_order(*file))
      return false;
    const ElfSection* section = file->find(".BTF");
    if (!section || file->find(".BTF.base"))
      return false;
    auto bytes = file->read(*section);
    auto now = file->stamp_now();
    return bytes && now && *now == stamp && check_split_btf(m_base.get(), *bytes);
  }

private:
  bool load_base() {
    if (m_is_loaded)
      return m_base != nullptr;
    m_is_loaded = true;
    auto bytes = read_base_btf(m_facts.base_path);
    if (!bytes || hash_bytes(bytes->bytes) != m_facts.base.hash)
      return false;
    if (auto base = BtfBase::parse(bytes->bytes))
      m_base = *base;
    return m_base != nullptr;
  }

  const StageFacts& m_facts;
  std::optional<std::int64_t> m_newest_input;
  std::int64_t m_now_ns;
  bool m_is_loaded = false;
  std::shared_ptr<const BtfBase> m_base;
};

// Adds the linker, and the part of its environment that is needed to link a module again.
Status add_linker(const Surroundings& around, const std::string& command, FileHashes& hashes,
                  StageFacts& facts) {
  const std::string words = around.value("LD").value_or("");
  if (auto checked = check_linker(command, words); !checked)
    return checked;
  auto linker = linker_key(words, around, hashes);
  if (!linker)
    return linker.forward_error();
  auto& kept = facts.tools.environment;
  for (const auto& variable : linker->environment)
    if (std::ranges::find(kept, variable) == kept.end())
      kept.push_back(variable);
  facts.linker = *std::move(linker);
  return Ok{};
}

} // namespace

Surroundings surroundings_of(const StageSpec& spec) {
  Surroundings around{spec.cwd, spec.path, spec.library_path, spec.environment};
  // The hook may have dropped a flag that is still in the client's environment.
  std::erase_if(around.environment,
                [](const std::string& variable) { return variable.starts_with("PAHOLE_FLAGS="); });
  if (!spec.pahole_flags.empty())
    around.environment.push_back("PAHOLE_FLAGS=" + spec.pahole_flags);
  return around;
}

Expected<StageFacts> gather_inputs(const StageSpec& spec, FileHashes& hashes) {
  StageFacts facts;
  const std::string base = base_of_command(spec.command);
  if (base.empty())
    return unexpected(ErrorKind::unsupported, "cmd_btf_ko names no --btf_base");
  facts.base_path = absolute_path(spec.cwd, base);
  auto hashed = hashes.part(facts.base_path, ".BTF", hash_base_btf);
  if (!hashed)
    return hashed.forward_error();
  facts.base = *hashed;
  const Surroundings around = surroundings_of(spec);
  facts.config_path =
      absolute_path(spec.cwd, around.value("objtree").value_or(".") + "/include/config/auto.conf");
  facts.config = stamp_if_there(facts.config_path);
  auto tools =
      tool_key({around, spec.target, spec.command, spec.script_flags, base, spec.tools}, hashes);
  if (!tools)
    return tools.forward_error();
  facts.tools = *std::move(tools);
  if (auto added = add_linker(around, spec.link.command, hashes, facts); !added)
    return added.forward_error();
  auto pahole =
      pahole_call({spec.cwd, spec.command, spec.target, base,
                   spec.tools.empty() ? std::string() : spec.tools.front(), spec.pahole_flags,
                   spec.path, spec.library_path, facts.tools.environment});
  if (pahole) {
    auto files = facts.tools.files;
    files.insert(files.end(), facts.tools.places.begin(), facts.tools.places.end());
    facts.pahole =
        std::make_shared<PaholeOfStage>(PaholeOfStage{*std::move(pahole), std::move(files)});
  }
  return facts;
}

Expected<StageFacts> gather_facts(const StageSpec& spec, FileHashes& hashes) {
  auto facts = gather_inputs(spec, hashes);
  if (!facts)
    return facts;
  auto order = read_file(absolute_path(spec.cwd, spec.modules_order), k_max_modules_order);
  if (!order) // another kind: not_found means that stock reports what is missing
    return unexpected(ErrorKind::io, order.error().text);
  facts->modules = parse_modules_order(*order);
  // A module that the plan does not know would count as untouched.
  std::set<std::string> distinct;
  for (const auto& module : facts->modules) {
    if (!is_utf8(module))
      return unexpected(ErrorKind::unsupported, module + ": not UTF-8");
    distinct.insert(as_make_spells(module));
  }
  if ((spec.module_count != 0 && spec.module_count != distinct.size()) ||
      (!spec.target.empty() && !distinct.contains(as_make_spells(spec.target))))
    return unexpected(ErrorKind::unsupported,
                      spec.modules_order + " does not list the modules of this stage");
  return facts;
}

Status still_holds(const StageFacts& facts) {
  const auto changed = [](const std::string& path) {
    return unexpected(ErrorKind::file_moved, path + " changed");
  };
  const std::int64_t now_ns = realtime_ns();
  const auto base = stamp_of(facts.base_path);
  if (!base || !(*base == facts.base.stamp))
    return changed(facts.base_path);
  if (!is_settled(*base, now_ns)) {
    const auto hashed = hash_base_btf(facts.base_path);
    if (!hashed || hashed->hash != facts.base.hash)
      return changed(facts.base_path);
  }
  for (const auto& files :
       {&facts.tools.files, &facts.tools.places, &facts.linker.files, &facts.linker.places})
    for (const auto& file : *files)
      if (!are_unchanged({file}))
        return changed(file.path);
  if (stamp_if_there(facts.config_path) != facts.config)
    return changed(facts.config_path);
  return Ok{};
}

std::vector<Seen> observe_modules(const std::vector<KnownModule>& subjects, const StageFacts& facts,
                                  std::int64_t now_ns) {
  Adoption adoption(facts, now_ns);
  std::vector<Seen> all;
  all.reserve(subjects.size());
  for (const auto& subject : subjects) {
    Seen seen;
    if (auto stamp = stamp_of(subject.ko)) {
      seen.stamp = *stamp;
      seen.observed.exists = true;
      if (const auto& record = subject.record) {
        const Recorded compared = compare_with_record(*record, *stamp, now_ns);
        seen.observed.is_recorded_file = compared.is_same;
        seen.is_settled = compared.is_settled;
        seen.observed.can_restore = subject.has_copy || record->pristine.is_known();
        seen.observed.can_renumber = subject.can_renumber;
      } else {
        seen.observed.adoptable = adoption.is_adoptable(subject.ko, *stamp);
        seen.is_settled = seen.observed.adoptable;
      }
    }
    all.push_back(seen);
  }
  return all;
}

} // namespace kbtf
