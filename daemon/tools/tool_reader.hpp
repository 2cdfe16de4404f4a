// SPDX-License-Identifier: GPL-2.0-only
// Gathers the inputs of a tool key or a link key: follows a tool's words to its program and a
// script to what it needs, and hashes all of it. Rejects what it cannot follow, naming the file or
// the word. One object per key; blocking; one thread.
#pragma once

#include "daemon/tools/program_look.hpp"
#include "daemon/tools/script_needs.hpp"
#include "daemon/tools/tool_key.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace kbtf {

// The words of a tool as make has it. Error: unsupported for anything but plain words.
[[nodiscard]] Expected<std::vector<std::string>> tool_words(const std::string& text);

class ToolReader {
public:
  // Both must outlive the reader.
  ToolReader(const Surroundings& around, FileHashes& hashes) : m_around(around), m_hashes(hashes) {}

  // Variables that a script may run, with make's values: {"PAHOLE", "env pahole"}.
  void set_tools(std::map<std::string, std::string> texts) { m_texts = std::move(texts); }
  // A file that is not an input, whoever names it. Absolute.
  void leave_out(std::string path) { m_left_out.insert(std::move(path)); }

  // Adds each pair of name and value once: two values under one name both count.
  void add_text(const std::string& name, const std::string& value);
  // Adds the program at the beginning of a command, and the launchers in front of it. Returns the
  // number of these words. Errors: not_found, unsupported, io.
  [[nodiscard]] Expected<std::size_t> add_command(ToolKind kind,
                                                  std::span<const std::string> words);
  // The same for a tool with its arguments, as make has it in `variable`; "" means no tool.
  [[nodiscard]] Status add_tool(const std::string& variable, ToolKind kind,
                                const std::string& text);
  [[nodiscard]] Status add_tree_script(const std::string& shell, const std::string& script);
  // Adds a file by content and mode, or by its absence. Absolute.
  [[nodiscard]] Status add_file(const std::string& path);
  // Adds a possible file name: content and mode if it is a file. Absolute.
  [[nodiscard]] Status add_mention(const std::string& path);
  // A word run as a command: a function of that name would take precedence.
  void add_command_word(const std::string& word) { m_commands.insert(word); }

  // A variable that a command in front of the tools sets: no script that it runs may read it.
  void note_set(const std::string& variable) { m_set_for_tools.insert(variable); }
  // Adds a variable of the environment that counts.
  [[nodiscard]] Status add_variable(const std::string& name);

  // Adds `variables` of the environment, tool_variables() or linker_variables(). Errors:
  // unsupported.
  [[nodiscard]] Expected<ToolKey> finish(const std::vector<std::string>& variables) &&;

private:
  struct Use {
    ProgramRole role;
    std::optional<ToolKind> kind; // for a tool: which one; none: any
    int depth = 0;                // number of scripts around it
  };

  struct ReadScript {
    std::string path;
    ScriptNeeds needs;
  };

  [[nodiscard]] Status add_program(const std::string& name, const Use& use);
  [[nodiscard]] Status add_program_file(const std::string& path, const Use& use);
  [[nodiscard]] Status add_content(const std::string& path);
  void add_places_before(const std::string& name, const std::string& found);
  void add_place(const std::string& path);
  [[nodiscard]] Status add_libraries(const std::string& program);
  [[nodiscard]] Status add_script(const std::string& path, const std::string& interpreter,
                                  const Use& use);
  [[nodiscard]] Status add_interpreter(const std::string& path, const std::string& line, int depth);
  [[nodiscard]] Status add_shell(const std::string& name, int depth);
  [[nodiscard]] Status add_script_text(const std::string& path, ScriptKind kind, int depth);
  [[nodiscard]] Status add_needs(const ScriptNeeds& needs, int depth);
  [[nodiscard]] Status add_named_tool(const std::string& variable);
  [[nodiscard]] Status add_compiler(const std::string& variable, int depth);
  [[nodiscard]] Status add_options(const std::set<std::string>& options);
  [[nodiscard]] bool is_in_tree(const std::string& path) const;
  [[nodiscard]] Status check_functions() const;
  [[nodiscard]] Status check_variables() const;
  [[nodiscard]] Expected<std::vector<std::string>> kept_environment() const;

  const Surroundings& m_around;
  FileHashes& m_hashes;
  std::map<std::string, std::string> m_texts;
  std::set<std::string> m_left_out;
  std::set<std::string> m_seen;      // inputs, name and value
  std::set<std::string> m_contents;  // files whose content is an input
  std::set<std::string> m_followed;  // programs and scripts, with their use
  std::set<std::string> m_variables; // that count
  std::set<std::string> m_commands;
  std::set<std::string> m_set_for_tools; // variables
  std::vector<ReadScript> m_scripts;
  std::vector<ToolInput> m_inputs;
  std::vector<ToolFile> m_files;
  std::set<std::string> m_places_seen;
  std::vector<ToolFile> m_places;
};

} // namespace kbtf
