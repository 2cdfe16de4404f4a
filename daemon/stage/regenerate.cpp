// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/regenerate.hpp"

#include "daemon/stage/link_files.hpp"
#include "daemon/store/files.hpp"
#include "daemon/store/state_dir.hpp"
#include "daemon/tools/child_process.hpp"
#include "daemon/tools/link_key.hpp"
#include "daemon/tools/link_template.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/owner.hpp"
#include "daemon/tools/saved_command.hpp"
#include "util/private_dir.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr std::size_t k_max_output = 1 << 16;
constexpr std::size_t k_max_saved_command = 16u << 20;

Unexpected unchecked(std::string why) {
  return unexpected(ErrorKind::unsupported, std::move(why));
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

} // namespace

void remove_result(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

// What the module in the tree was made from, as far as the result depends on it.
struct Regenerator::Inputs {
  std::string target;          // the .ko, as make spells it
  std::string link;            // the command that links it
  LinkSpec spec;               // the same, for the link key
  std::vector<ToolFile> named; // by `link`, other than the .ko
  std::vector<ToolFile> files; // that must not change: these, the .ko, the base
};

struct Regenerator::Made {
  std::string folder;
  std::string ko; // below
  std::vector<std::byte> pristine;
};

// Returns the command with which the make of the last plan links the module. The module was linked
// with that: make compares it with the saved command in each stage, and links if they differ.
Expected<std::string> Regenerator::link_of(const std::string& target,
                                           const ModuleRecord& record) const {
  std::string link = link_command_for(m_spec.link.command, as_make_spells(m_spec.target), target);
  if (link.empty())
    return unchecked("the build did not say how it links");
  const auto saved = read_file(saved_command_file(record.ko), k_max_saved_command);
  if (!saved || !is_same_command(saved_command(*saved, target), link))
    return unchecked(saved_command_file(record.ko) + " has another link command");
  return link;
}

Expected<Regenerator::Inputs> Regenerator::inputs_of(const ModuleRecord& record) const {
  Inputs inputs;
  for (const auto& module : m_facts->modules)
    if (absolute_path(m_spec.cwd, module) == record.ko)
      inputs.target = as_make_spells(module);
  if (inputs.target.empty())
    return unchecked("not in the last module stage of its tree");
  if (record.state != ModuleState::finished)
    return unchecked("its last BTF step is not finished");
  if (record.key.base != m_facts->base.hash)
    return unchecked("made against another base BTF");
  if (record.key.tools != m_facts->tools.key)
    return unchecked("made with other BTF tools or flags");
  if (record.key.linker != m_facts->linker.key)
    return unchecked("linked by another linker");
  const auto stamp = stamp_of(record.ko);
  if (!stamp || !(*stamp == record.stamp))
    return unchecked("changed since kbtf saw it");
  if (auto allowed = may_run_for(record.ko); !allowed)
    return allowed.forward_error();
  auto link = link_of(inputs.target, record);
  if (!link)
    return link.forward_error();
  inputs.link = *std::move(link);
  inputs.spec = {surroundings_of(m_spec), inputs.link,
                 link_inputs_for(m_spec.link.inputs, as_make_spells(m_spec.target), inputs.target)};
  // The key also says that the linker writes nothing but the module.
  const auto key = link_key(inputs.spec, m_hashes);
  if (!key)
    return unchecked(key.error().text);
  inputs.files = {{record.ko, *stamp}, {m_facts->base_path, m_facts->base.stamp}};
  inputs.named = named_files(inputs.link, m_spec.cwd, record.ko);
  for (const auto& file : inputs.named)
    if (file.stamp.mtime_ns > stamp->mtime_ns)
      return unchecked(file.path + " is newer");
  if (record.inputs.is_known() && record.inputs != hash_of_stamps(inputs.named) &&
      key->key != record.link)
    return unchecked("an object is another one");
  inputs.files.insert(inputs.files.end(), inputs.named.begin(), inputs.named.end());
  return inputs;
}

Status Regenerator::is_unchanged(const Inputs& inputs) const {
  // Not are_unchanged(), which waits for stamps to settle: only what was read matters here, and it
  // was read after these stamps were taken.
  for (const auto& file : inputs.files)
    if (stamp_if_there(file.path) != std::optional(file.stamp))
      return unchecked(file.path + " changed meanwhile");
  return still_holds(*m_facts);
}

Status Regenerator::run(const std::string& command) const {
  const Fd output(::memfd_create("output", MFD_CLOEXEC));
  ChildProcess child{{"/bin/sh", "-c", "set -e; " + command},
                     m_facts->tools.environment,
                     m_spec.cwd,
                     output.get()};
  child.environment.push_back("PATH=" + m_spec.path);
  child.environment.push_back("PAHOLE_FLAGS=" + m_spec.pahole_flags);
  if (!m_spec.library_path.empty())
    child.environment.push_back("LD_LIBRARY_PATH=" + m_spec.library_path);
  auto status = run_child_process(child, m_cancel);
  if (!status)
    return status.forward_error();
  if (*status == 0)
    return Ok{};
  std::string text(k_max_output, '\0');
  const auto n = ::pread(output.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return unchecked("stock's commands failed with status " + std::to_string(shell_status(*status)) +
                   ": " + first_line(text));
}

// Builds the module with stock's commands.
Expected<Regenerator::Made> Regenerator::make(const Inputs& inputs, const std::string& name) const {
  // Use a separate directory, since gen-btf.sh writes next to the module. Keep the module's path
  // below it: a wrapper may look at that.
  const std::filesystem::path own = std::filesystem::path("/" + inputs.target).lexically_normal();
  Made made{m_scratch + "/" + name, {}, {}};
  made.ko = made.folder + own.string();
  if (!is_plain_name(made.ko))
    return unchecked(made.ko + ": a shell needs quotes for this");
  auto private_dir = make_state_subdir(m_scratch);
  if (private_dir)
    private_dir = make_private_dir(made.folder);
  if (!private_dir)
    return private_dir.forward_error();
  std::error_code failed;
  std::filesystem::create_directories(made.folder + own.parent_path().string(), failed);
  if (failed)
    return unchecked(made.ko + ": " + failed.message());
  for (const auto& [command, file] : {std::pair{inputs.link, inputs.target},
                                      std::pair{m_spec.command, as_make_spells(m_spec.target)}}) {
    const std::string text = with_file_replaced(command, file, made.ko);
    if (text.empty())
      return unchecked("cannot tell what this writes: " + first_line(command));
    if (auto done = run(text); !done)
      return done.forward_error();
    if (!made.pristine.empty())
      continue;
    auto linked = read_whole(made.ko);
    if (!linked)
      return linked.forward_error();
    made.pristine = std::move(linked->bytes);
  }
  return made;
}

Expected<Regenerated> Regenerator::compare(const ModuleRecord& record) const {
  const auto inputs = inputs_of(record);
  if (!inputs)
    return inputs.forward_error();
  std::vector<ToolFile> linked_from = stamp_inputs(inputs->spec);
  const auto& linker = m_facts->linker.files;
  linked_from.insert(linked_from.end(), linker.begin(), linker.end());
  const std::string name = hash_text(record.ko).hex();
  const auto ours = read_whole(record.ko);
  if (!ours)
    return ours.forward_error();
  std::vector<std::byte> first;
  // A difference must be the same twice: stock's result may itself vary from run to run.
  for (const char* round : {"-first", "-second"}) {
    auto made = make(*inputs, name + round);
    if (!made)
      return made.forward_error();
    auto stocks = read_whole(made->ko);
    if (!stocks)
      return stocks.forward_error();
    const bool is_first = first.empty();
    if (is_first && stocks->bytes == ours->bytes) {
      remove_result(made->folder);
      if (auto same = is_unchanged(*inputs); !same)
        return same.forward_error();
      Regenerated same{Regenerated::Result::same, {}, {}, {}, std::move(made->pristine), {}, {}};
      same.inputs = hash_of_stamps(inputs->named);
      same.link = link_key_of(inputs->spec, linked_from, m_hashes);
      return same;
    }
    if (is_first) {
      first = std::move(stocks->bytes);
      remove_result(made->folder);
    } else if (first != stocks->bytes) {
      remove_result(made->folder);
      return unchecked("stock's commands write other bytes on each run");
    } else if (auto same = is_unchanged(*inputs); !same) {
      return same.forward_error();
    } else if (record.adopted && !m_spec.dropped_flag.empty()) {
      remove_result(made->folder);
      return unchecked("made by stock's own commands, which run pahole with " +
                       m_spec.dropped_flag);
    } else {
      return Regenerated{Regenerated::Result::different, {}, made->ko, made->folder, {}, {}, {}};
    }
  }
  return unchecked("not compared");
}

Regenerated Regenerator::check(const ModuleRecord& record) const {
  auto compared = compare(record);
  if (!compared)
    return {Regenerated::Result::unchecked, compared.error().text, {}, {}, {}, {}, {}};
  return *std::move(compared);
}

} // namespace kbtf
