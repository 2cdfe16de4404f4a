// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/tool_key.hpp"

#include "daemon/tools/command_text.hpp"
#include "daemon/tools/find_program.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <set>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace kbtf {
namespace {

// A wrapper script is read for the programs it names; one that names another wrapper, twice.
constexpr int k_max_script_depth = 3;
constexpr std::size_t k_max_script = 1 << 20;
constexpr std::array k_tool_names = {"pahole", "resolve_btfids", "objcopy", "llvm-objcopy"};

// What scripts run scripts with; it writes no BTF itself.
bool is_shell(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "sh" || name == "bash" || name == "dash" || name == "env";
}

std::string first_bytes(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY);
  char head[2] = {};
  if (!fd || ::pread(fd->get(), head, sizeof head, 0) != sizeof head)
    return {};
  return {head, sizeof head};
}

class KeyBuilder {
public:
  KeyBuilder(const ToolSpec& spec, FileHashes& hashes) : m_spec(spec), m_hashes(hashes) {}

  Status add_tool(const std::string& tool) {
    std::istringstream words(tool);
    std::string name;
    if (!(words >> name))
      return Ok{};
    const std::string program = find_program(name, m_spec.cwd, m_spec.path);
    if (program.empty())
      return unexpected(ErrorKind::not_found, name + ": not found");
    // gen-btf.sh takes the tool from the environment: the command text then lacks these.
    if (std::string rest; std::getline(words >> std::ws, rest) && !rest.empty())
      add_text("arguments of " + name, rest);
    return add_file(program, 0, Script::wrapper);
  }

  // A file that the command names and that is no program on its own (a script run by sh, say).
  Status add_path(const std::string& path) {
    const std::string full = path.front() == '/' ? path : m_spec.cwd + "/" + path;
    const auto stamp = stamp_of(full);
    return stamp ? add_file(full, 0, Script::of_tree) : Status(Ok{});
  }

  void add_text(const std::string& name, const std::string& value) {
    m_inputs.push_back({name, value});
  }

  ToolKey finish() && {
    std::string all;
    for (const auto& input : m_inputs)
      all += input.name + '\0' + input.value + '\0';
    return {hash_text(all), std::move(m_inputs), std::move(m_files)};
  }

private:
  // A wrapper in a tool's place runs programs of its own choice; a script of the kernel tree
  // (gen-btf.sh) runs those that Kbuild names to it.
  enum class Script { wrapper, of_tree };

  // "$(dirname "$0")/pahole.real": a tool by a path that only the shell can work out.
  static bool is_computed_tool(const std::string& word) {
    return word.find_first_of("$`") != std::string::npos &&
           std::any_of(k_tool_names.begin(), k_tool_names.end(),
                       [&word](const char* name) { return word.find(name) != std::string::npos; });
  }

  Status add_file(const std::string& path, int depth, Script kind) {
    if (!m_seen.insert(path).second)
      return Ok{};
    auto hashed = m_hashes.whole(path);
    if (!hashed)
      return hashed.forward_error();
    add_text(path, hashed->hash.hex());
    m_files.push_back({path, hashed->stamp});
    const std::string head = first_bytes(path);
    if (head == "#!")
      return add_script(path, depth, kind);
    if (head == "\177E")
      return add_libraries(path);
    return Ok{};
  }

  Status add_libraries(const std::string& program) {
    if (::access(program.c_str(), X_OK) != 0)
      return Ok{}; // an object or a module that the command names, not a program
    LoaderSetting setting{m_spec.cwd, {}};
    if (!m_spec.library_path.empty())
      setting.environment.push_back("LD_LIBRARY_PATH=" + m_spec.library_path);
    auto libraries = m_hashes.libraries(program, setting);
    if (!libraries)
      return libraries.forward_error();
    for (const auto& library : *libraries) {
      if (!m_seen.insert(library).second)
        continue;
      auto hashed = m_hashes.whole(library);
      if (!hashed)
        return hashed.forward_error();
      add_text(library, hashed->hash.hex());
      m_files.push_back({library, hashed->stamp});
    }
    return Ok{};
  }

  Status add_script(const std::string& path, int depth, Script kind) {
    if (depth >= k_max_script_depth)
      return unexpected(ErrorKind::unsupported, path + ": wrapper of a wrapper of a wrapper");
    auto text = read_file(path, k_max_script);
    if (!text)
      return text.forward_error();
    // The shell itself decides no bytes; a program it starts may. Only names that look like the
    // tools in question (or paths) are followed, else every "echo" would be part of the key.
    for (const auto& word : paths_in_command(*text, "", "")) {
      const std::string program = find_program(word, m_spec.cwd, m_spec.path);
      if (!program.empty() && !is_shell(word))
        if (auto added = add_file(program, depth + 1, kind); !added)
          return added;
    }
    std::istringstream words(*text);
    for (std::string word; words >> word;) {
      if (kind == Script::wrapper && is_computed_tool(word))
        return unexpected(ErrorKind::unsupported,
                          path + ": cannot tell what \"" + word + "\" runs");
      for (const auto& program : find_tools_named(word))
        if (auto added = add_file(program, depth + 1, kind); !added)
          return added;
    }
    return Ok{};
  }

  // "pahole" in a wrapper of that name means another one along PATH; which, only the wrapper knows.
  std::vector<std::string> find_tools_named(const std::string& word) const {
    if (std::find(k_tool_names.begin(), k_tool_names.end(), word) == k_tool_names.end())
      return {};
    return find_programs(word, m_spec.cwd, m_spec.path);
  }

  const ToolSpec& m_spec;
  FileHashes& m_hashes;
  std::set<std::string> m_seen;
  std::vector<ToolInput> m_inputs;
  std::vector<ToolFile> m_files;
};

} // namespace

bool are_unchanged(const std::vector<ToolFile>& files) {
  return std::all_of(files.begin(), files.end(), [](const ToolFile& file) {
    auto now = stamp_of(file.path);
    return now && *now == file.stamp;
  });
}

Expected<ToolKey> tool_key(const ToolSpec& spec, FileHashes& hashes) {
  KeyBuilder builder(spec, hashes);
  builder.add_text("command", normalise_command(spec.command, spec.target));
  if (!spec.script_flags.empty())
    builder.add_text("flags", normalise_command(spec.script_flags, {}));
  for (const auto& tool : spec.tools)
    if (auto added = builder.add_tool(tool); !added)
      return added.forward_error();
  for (const auto& path : paths_in_command(spec.command, spec.base, spec.target))
    if (auto added = builder.add_path(path); !added)
      return added.forward_error();
  return std::move(builder).finish();
}

} // namespace kbtf
