// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/observe.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/elf_file.hpp"
#include "daemon/btf/verify_module.hpp"
#include "daemon/stage/recorded.hpp"
#include "daemon/tools/command_text.hpp"
#include "daemon/tools/modules_order.hpp"

#include <set>

namespace kbtf {
namespace {

constexpr std::size_t k_max_modules_order = 16u << 20;

// Decides whether modules without a record may be taken as they are; parses the base when the
// first such module asks, and once. See plan/decide.hpp, Observed::adoptable, on why.
class Adoption {
public:
  explicit Adoption(const StageFacts& facts) : m_facts(facts) {}

  bool is_adoptable(const std::string& ko, const FileStamp& stamp) {
    if (stamp.mtime_ns < m_facts.base.stamp.mtime_ns || !load_base())
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
  bool m_is_loaded = false;
  std::shared_ptr<const BtfBase> m_base;
};

} // namespace

Expected<StageFacts> gather_facts(const PlanRequest& request, FileHashes& hashes) {
  StageFacts facts;
  const std::string base = base_of_command(request.command);
  if (base.empty())
    return unexpected(ErrorKind::unsupported, "cmd_btf_ko names no --btf_base");
  facts.base_path = absolute_path(request.cwd, base);
  auto hashed = hashes.part(facts.base_path, ".BTF", hash_base_btf);
  if (!hashed)
    return hashed.forward_error();
  facts.base = *hashed;
  auto tools = tool_key({request.cwd, request.target, request.command, request.script_flags, base,
                         request.tools, request.path, request.library_path},
                        hashes);
  if (!tools)
    return tools.forward_error();
  facts.tools = *std::move(tools);
  auto pahole = pahole_call({request.cwd, request.command, request.target, base,
                             request.tools.empty() ? std::string() : request.tools.front(),
                             request.pahole_flags, request.path, request.library_path});
  if (pahole)
    facts.pahole =
        std::make_shared<PaholeOfStage>(PaholeOfStage{*std::move(pahole), facts.tools.files});
  auto order = read_file(absolute_path(request.cwd, request.modules_order), k_max_modules_order);
  if (!order) // an error of its own: not_found means that stock will say what is missing
    return unexpected(ErrorKind::io, order.error().text);
  facts.modules = parse_modules_order(*order);
  // A module that the plan does not know would pass for untouched.
  std::set<std::string> distinct;
  for (const auto& module : facts.modules)
    distinct.insert(as_make_spells(module));
  if ((request.module_count != 0 && request.module_count != distinct.size()) ||
      (!request.target.empty() && !distinct.contains(as_make_spells(request.target))))
    return unexpected(ErrorKind::unsupported,
                      request.modules_order + " does not list the modules of this stage");
  return facts;
}

std::vector<Seen> observe_modules(const std::vector<Subject>& subjects, const StageFacts& facts) {
  Adoption adoption(facts);
  std::vector<Seen> all;
  all.reserve(subjects.size());
  for (const auto& subject : subjects) {
    Seen seen;
    if (auto stamp = stamp_of(subject.ko)) {
      seen.stamp = *stamp;
      seen.observed.exists = true;
      if (const auto& record = subject.record) {
        seen.observed.is_recorded_file = is_as_recorded(*record, *stamp);
        seen.observed.can_restore = subject.has_copy || record->pristine.is_known();
      } else {
        seen.observed.adoptable = adoption.is_adoptable(subject.ko, *stamp);
      }
    }
    all.push_back(seen);
  }
  return all;
}

} // namespace kbtf
