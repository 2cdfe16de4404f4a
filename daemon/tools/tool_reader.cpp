// SPDX-License-Identifier: GPL-2.0-only
// ToolReader: programs, and the key at the end. tool_reader_script.cpp has the scripts.
#include "daemon/tools/tool_reader.hpp"

#include "daemon/shell/shell_text.hpp"
#include "daemon/tools/command_text.hpp"
#include "daemon/tools/find_program.hpp"
#include "daemon/tools/launcher.hpp"
#include "daemon/tools/link_times.hpp"
#include "daemon/tools/modules_order.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>

namespace kbtf {
namespace {

constexpr std::array k_tools = {ToolKind::pahole, ToolKind::resolve_btfids, ToolKind::objcopy,
                                ToolKind::linker};

Unexpected unclear(std::string text) {
  return unexpected(ErrorKind::unsupported, std::move(text));
}

// Why an ELF program is none of the tools.
std::string why_no_tool(const ProgramLook& look) {
  for (const auto kind : k_tools)
    if (look.looks_like.contains(kind))
      return why_no_tool(look, kind);
  const std::string why = why_no_tool(look, ToolKind::pahole);
  return why.starts_with("is not") ? "is no tool that kbtf knows" : why;
}

} // namespace

Expected<std::vector<std::string>> tool_words(const std::string& text) {
  const auto script = read_shell(text);
  std::vector<std::string> words;
  const bool is_simple = script && script->commands.size() == 1 &&
                         script->commands[0].assignments.empty() &&
                         script->commands[0].redirections.empty();
  if (is_simple)
    for (const auto& word : script->commands[0].words)
      if (auto value = word.literal(); value && !value->empty())
        words.push_back(*std::move(value));
  // Only the words of one command can replace a tool.
  if (!is_simple || words.size() != script->commands[0].words.size() ||
      text.find_first_of(";&|()\n") != std::string::npos)
    return unclear("cannot tell what \"" + text + "\" runs");
  return words;
}

void ToolReader::add_text(const std::string& name, const std::string& value) {
  if (m_seen.insert(name + '\0' + value).second)
    m_inputs.push_back({name, value});
}

Expected<std::size_t> ToolReader::add_command(ToolKind kind, std::span<const std::string> words) {
  std::size_t at = 0;
  m_commands.insert(words.front());
  while (is_launcher(words[at])) {
    std::vector<std::optional<std::string>> rest;
    for (const auto& word : words.subspan(at))
      rest.emplace_back(word);
    if (auto added = add_program(words[at], {ProgramRole::launcher, ToolKind::launcher}); !added)
      return added.forward_error();
    auto size = launcher_size(rest, [this](const std::string& variable) {
      note_set(variable);
      return decides_tools(variable);
    });
    if (!size)
      return size;
    at += *size;
  }
  if (auto added = add_program(words[at], {ProgramRole::tool, kind}); !added)
    return added.forward_error();
  return at + 1;
}

Status ToolReader::add_tool(const std::string& variable, ToolKind kind, const std::string& text) {
  if (text.find_first_not_of(" \t\n") == std::string::npos)
    return Ok{};
  const auto words = tool_words(text);
  if (!words)
    return words.forward_error();
  const auto size = add_command(kind, *words);
  if (!size)
    return size.forward_error();
  // gen-btf.sh takes the tool from the environment, so the command text lacks these arguments. Add
  // them as written: the quotes say where a word ends.
  if (words->size() > 1)
    add_text("arguments of " + variable, text);
  for (const auto& word : std::span(*words).subspan(*size)) {
    if (word.size() > 1 && word.starts_with('@'))
      return unclear("cannot tell which words " + word + " stands for");
    for (const auto& name : possible_names(word))
      if (auto added = add_mention(absolute_path(m_around.cwd, name)); !added)
        return added;
  }
  return Ok{};
}

Status ToolReader::add_program(const std::string& name, const Use& use) {
  const std::string path = find_program(name, m_around.cwd, m_around.path);
  add_places_before(name, path);
  if (!path.empty())
    return add_program_file(path, use);
  if (use.depth == 0)
    return unexpected(ErrorKind::not_found, name + ": not found");
  // Named by a script. It may be created later.
  if (name.find('/') != std::string::npos)
    return add_file(absolute_path(m_around.cwd, name));
  if (use.role == ProgramRole::hidden || use.role == ProgramRole::compiler)
    return Ok{};
  return unclear("cannot tell what \"" + name + "\" runs");
}

Status ToolReader::add_program_file(const std::string& path, const Use& use) {
  const std::string followed = std::to_string(static_cast<int>(use.role)) +
                               (use.kind ? to_string(*use.kind) : "") + '\0' + path;
  if (!m_followed.insert(followed).second)
    return Ok{};
  if (auto added = add_content(path); !added)
    return added;
  const auto look = m_hashes.look(path);
  if (!look)
    return look.forward_error();
  if (look->format != ProgramLook::Format::elf && use.role == ProgramRole::compiler)
    return Ok{};
  if (look->format == ProgramLook::Format::script)
    return add_script(path, look->interpreter, use);
  if (look->format == ProgramLook::Format::other)
    return unclear(path + ": neither an ELF program nor a script");
  std::string why;
  if (use.role == ProgramRole::launcher)
    why = why_no_tool(*look, ToolKind::launcher);
  else if (use.role == ProgramRole::tool)
    why = use.kind ? why_no_tool(*look, *use.kind) : why_no_tool(*look);
  return why.empty() ? add_libraries(path) : unclear(path + ": " + why);
}

Status ToolReader::add_content(const std::string& path) {
  if (m_left_out.contains(path) || !m_contents.insert(path).second)
    return Ok{};
  const auto hashed = m_hashes.settled(path);
  if (!hashed)
    return hashed.forward_error();
  add_text(path, hashed->hash.hex());
  m_files.push_back({path, hashed->stamp});
  return Ok{};
}

Status ToolReader::add_file(const std::string& path) {
  if (m_left_out.contains(path))
    return Ok{};
  struct stat st {};
  const bool is_there = ::stat(path.c_str(), &st) == 0;
  if (is_there && S_ISREG(st.st_mode)) {
    if (auto added = add_content(path); !added)
      return added;
    add_text("mode of " + path, std::to_string(st.st_mode & 07777));
    return Ok{};
  }
  add_text(path, is_there ? "not a file" : "missing");
  if (!is_there)
    m_files.push_back({path, FileStamp{}});
  return Ok{};
}

Status ToolReader::add_mention(const std::string& path) {
  return stamp_of(path) ? add_file(path) : Status(Ok{});
}

void ToolReader::add_places_before(const std::string& name, const std::string& found) {
  if (name.find('/') != std::string::npos)
    return;
  for (const auto& place : program_places(name, m_around.cwd, m_around.path)) {
    if (place == found)
      return;
    add_place(place);
  }
}

void ToolReader::add_place(const std::string& path) {
  if (m_places_seen.insert(path).second)
    m_places.push_back({path, stamp_if_there(path).value_or(FileStamp{})});
}

Status ToolReader::add_libraries(const std::string& program) {
  const auto setting = loader_environment(m_around);
  if (!setting)
    return setting.forward_error();
  const auto libraries = m_hashes.libraries(program, {m_around.cwd, *setting});
  if (!libraries)
    return libraries.forward_error();
  for (const auto& library : libraries->paths)
    if (auto added = add_content(library); !added)
      return added;
  // Skip existing directories: a new file in one is a place of its own.
  for (const auto& place : libraries->looked_at)
    if (!std::filesystem::is_directory(place))
      add_place(place);
  return Ok{};
}

Status ToolReader::add_variable(const std::string& name) {
  const auto value = m_around.value(name);
  if (!value)
    return Ok{};
  // The protocol is UTF-8 only: other bytes are replaced on the way.
  if (value->find("\xEF\xBF\xBD") != std::string::npos)
    return unclear("variable " + name + " is not UTF-8");
  m_variables.insert(name);
  const bool has_jobs = name == "PAHOLE_FLAGS"; // their number decides no bytes
  add_text("variable " + name, hash_text(has_jobs ? normalise_command(*value, {}) : *value).hex());
  return Ok{};
}

Expected<std::vector<std::string>> ToolReader::kept_environment() const {
  std::set<std::string> names = m_variables;
  names.insert(kbuild_variables().begin(), kbuild_variables().end());
  for (const char* elsewhere : {"PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "PAHOLE_FLAGS"})
    names.erase(elsewhere);
  std::vector<std::string> kept;
  for (const auto& name : names)
    if (const auto value = m_around.value(name))
      kept.push_back(name + "=" + *value);
  auto loader = loader_environment(m_around);
  if (!loader)
    return loader;
  for (const auto& variable : *loader)
    if (variable.starts_with("LD_PRELOAD="))
      kept.push_back(variable);
  return kept;
}

Expected<ToolKey> ToolReader::finish(const std::vector<std::string>& variables) && {
  for (const auto& name : variables)
    if (auto added = add_variable(name); !added)
      return added.forward_error();
  for (const auto& checked : {check_surroundings(m_around), check_functions(), check_variables()})
    if (!checked)
      return checked.forward_error();
  auto environment = kept_environment();
  if (!environment)
    return environment.forward_error();
  std::string all;
  for (const auto& input : m_inputs)
    all += input.name + '\0' + input.value + '\0';
  std::int64_t newest_link = 0;
  for (const auto& file : m_files)
    newest_link = std::max(newest_link, newest_link_ns(file.path));
  return ToolKey{hash_text(all),      std::move(m_inputs),     std::move(m_files),
                 std::move(m_places), *std::move(environment), newest_link};
}

} // namespace kbtf
