// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/regenerate.hpp"

#include "daemon/store/files.hpp"
#include "daemon/tools/child_process.hpp"
#include "daemon/tools/modules_order.hpp"
#include "daemon/tools/saved_command.hpp"
#include "proto/endpoint.hpp"
#include "proto/framing.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr std::size_t k_max_output = 1 << 16;

Unexpected unchecked(std::string why) {
  return unexpected(ErrorKind::unsupported, std::move(why));
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// With the folder that was made for it.
void remove_result(const std::string& ko) {
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path(ko).parent_path(), ignored);
}

} // namespace

// What the module in the tree was made from, as far as the result depends on it.
struct Regenerator::Inputs {
  std::string target; // the .ko, as make spells it
  std::string link;   // the saved command
  std::vector<ToolFile> files;
};

Expected<Regenerator::Inputs> Regenerator::inputs_of(const ModuleRecord& record) const {
  Inputs inputs;
  for (const auto& module : m_facts.modules)
    if (absolute_path(m_plan.cwd, module) == record.ko)
      inputs.target = as_make_spells(module);
  if (inputs.target.empty())
    return unchecked("not in the last module stage of its tree");
  if (record.state != ModuleState::finished)
    return unchecked("its last BTF step is not finished");
  if (record.key.base != m_facts.base.hash)
    return unchecked("made against another base BTF");
  if (record.key.tools != m_facts.tools.key)
    return unchecked("made with other BTF tools or flags");
  if (record.adopted && !m_plan.dropped_flag.empty())
    return unchecked("made by stock's own commands, which run pahole with " + m_plan.dropped_flag);
  const auto stamp = stamp_of(record.ko);
  if (!stamp || !(*stamp == record.stamp))
    return unchecked("changed since kbtf saw it");
  const std::string saved = saved_command_file(record.ko);
  const auto text = read_file(saved, k_max_frame);
  if (text)
    inputs.link = saved_command(*text, inputs.target);
  if (inputs.link.empty())
    return unchecked("no link command in " + saved);
  inputs.files = {{record.ko, *stamp}, {m_facts.base_path, m_facts.base.stamp}};
  for (const auto& word : plain_words(inputs.link)) {
    const std::string path = absolute_path(m_plan.cwd, word);
    if (path == record.ko)
      continue;
    if (auto input = stamp_of(path)) {
      if (input->mtime_ns > stamp->mtime_ns)
        return unchecked(word + " is newer");
      inputs.files.push_back({path, *input});
    }
  }
  return inputs;
}

Status Regenerator::is_unchanged(const Inputs& inputs) const {
  if (are_unchanged(inputs.files) && are_unchanged(m_facts.tools.files))
    return Ok{};
  return unchecked("an input changed meanwhile");
}

Status Regenerator::run(const std::string& command) const {
  const Fd output(::memfd_create("output", MFD_CLOEXEC));
  ChildProcess child{
      {"/bin/sh", "-c", "set -e; " + command}, m_plan.environment, m_plan.cwd, output.get()};
  child.environment.push_back("PATH=" + m_plan.path);
  child.environment.push_back("PAHOLE_FLAGS=" + m_plan.pahole_flags);
  if (!m_plan.library_path.empty())
    child.environment.push_back("LD_LIBRARY_PATH=" + m_plan.library_path);
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

// The path of the module that stock's commands make.
Expected<std::string> Regenerator::make(const Inputs& inputs, const std::string& name) const {
  // A folder of its own: gen-btf.sh writes beside the module, and reads its name.
  const std::string dir = m_scratch + "/" + name;
  const std::string ko = dir + "/" + inputs.target.substr(inputs.target.rfind('/') + 1);
  if (!is_plain_name(ko))
    return unchecked(ko + ": a shell needs quotes for this");
  if (auto made = make_private_dir(dir); !made)
    return made.forward_error();
  for (const auto& [command, file] : {std::pair{inputs.link, inputs.target},
                                      std::pair{m_plan.command, as_make_spells(m_plan.target)}}) {
    const std::string text = with_file_replaced(command, file, ko);
    if (text.empty())
      return unchecked("cannot tell what this writes: " + first_line(command));
    if (auto done = run(text); !done)
      return done.forward_error();
  }
  return ko;
}

Expected<Regenerated> Regenerator::compare(const ModuleRecord& record) const {
  const auto inputs = inputs_of(record);
  if (!inputs)
    return inputs.forward_error();
  const std::string name = hash_text(record.ko).hex();
  const auto ours = read_whole(record.ko);
  if (!ours)
    return ours.forward_error();
  std::vector<std::byte> first;
  // A difference has to be the same twice: stock's result may itself be another on each run.
  for (const char* round : {"-first", "-second"}) {
    auto ko = make(*inputs, name + round);
    if (!ko)
      return ko.forward_error();
    auto stocks = read_whole(*ko);
    if (!stocks)
      return stocks.forward_error();
    if (first.empty() && stocks->bytes == ours->bytes) {
      remove_result(*ko);
      return Regenerated{Regenerated::Result::same, {}, {}};
    }
    if (first.empty()) {
      first = std::move(stocks->bytes);
      remove_result(*ko);
    } else if (first != stocks->bytes) {
      remove_result(*ko);
      return unchecked("stock's commands write other bytes on each run");
    } else if (auto same = is_unchanged(*inputs); !same) {
      return same.forward_error();
    } else {
      return Regenerated{Regenerated::Result::different, {}, *ko};
    }
  }
  return unchecked("not compared");
}

Regenerated Regenerator::check(const ModuleRecord& record) const {
  auto compared = compare(record);
  if (!compared)
    return {Regenerated::Result::unchecked, compared.error().text, {}};
  return *std::move(compared);
}

} // namespace kbtf
