// SPDX-License-Identifier: GPL-2.0-only
// The tool key: a hash over everything besides module and base that decides what a BTF step
// writes: the contents of the programs that cmd_btf_ko runs and of the libraries they load, of
// the scripts it names with all that these need, its own text and flags, and the environment that
// any of these read. By content, never by version string or time. What cannot be told from the text
// of a command or a script, or from the look of a program, is refused by name: the stage is then
// stock's. Blocking (reads files, runs the dynamic linker); any thread, FileHashes is shared.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "daemon/tools/surroundings.hpp"
#include "util/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

// One input of the key, by a name that people know ("/usr/bin/pahole", "command",
// "variable BTF_EXTRA", "CONFIG_64BIT").
struct ToolInput {
  std::string name;
  std::string value; // hash in hex, or the text itself for "command"; a variable's value is hashed
};

// A file behind the key, as it was when it was hashed. An empty stamp: it was not there, or so
// young that a later write may not show.
struct ToolFile {
  std::string path;
  FileStamp stamp;
};

struct ToolKey {
  ContentHash key;
  std::vector<ToolInput> inputs; // in the order in which they were hashed
  std::vector<ToolFile> files;
  // Where another program or library would be found first if one came there: along PATH, along the
  // dynamic linker's search. No part of the key.
  std::vector<ToolFile> places;
  // "NAME=value" of what the commands need of the environment: kbuild_variables(), and whatever
  // decides. The key of this alone is the same. Not PATH, LD_LIBRARY_PATH and PAHOLE_FLAGS.
  std::vector<std::string> environment;
  // The newest time of any symbolic link on the way to one of `files`, see link_times.hpp; 0 if
  // there is none. No part of the key: another target counts by its content. It tells whether a
  // file that was made before can be of these tools.
  std::int64_t newest_link_ns = 0;
};

// False once one of the files has another stamp, is gone or has come, and while one has a stamp
// that is not settled. One stat(2) a file.
[[nodiscard]] bool are_unchanged(const std::vector<ToolFile>& files);

// What the key is made from, as the caller's make had it.
struct ToolSpec {
  Surroundings around;
  std::string target;       // the .ko for which `command` was expanded
  std::string command;      // cmd_btf_ko, expanded
  std::string script_flags; // flags that a script in `command` takes from the environment
  std::string base;         // as `command` spells it
  // $(PAHOLE), $(RESOLVE_BTFIDS), $(OBJCOPY), as make has them: a program found along PATH, or a
  // path relative to cwd, perhaps behind launchers and with arguments. Empty or left out: not used.
  std::vector<std::string> tools;
};

// Errors: not_found when a tool is not there (stock's own message is then the right one),
// unsupported for what cannot be understood, and what reading and hashing give.
[[nodiscard]] Expected<ToolKey> tool_key(const ToolSpec& spec, FileHashes& hashes);

} // namespace kbtf
