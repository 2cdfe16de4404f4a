// SPDX-License-Identifier: GPL-2.0-only
// The tool key: a hash over everything except module and base that decides what a BTF step writes:
// the contents of the programs that cmd_btf_ko runs, of the libraries that they load, of the
// scripts that it names and all that these need; its own text and flags; and the environment that
// any of these read. By content, never by version string or time. Rejects by name what the text of
// a command or script, or the look of a program, does not show: the stage then falls back to the
// stock build. Blocking (reads files, runs the dynamic linker); any thread, FileHashes is shared.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "daemon/tools/surroundings.hpp"
#include "util/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

// One input of the key, by a name for people ("/usr/bin/pahole", "command", "variable BTF_EXTRA",
// "CONFIG_64BIT").
struct ToolInput {
  std::string name;
  std::string value; // hash in hex, or the text itself for "command"; a variable's value is hashed
};

// A file that the key is made from, as it was when hashed. Empty stamp: it did not exist, or was so
// young that the stamp may not show a later write.
struct ToolFile {
  std::string path;
  FileStamp stamp;
};

struct ToolKey {
  ContentHash key;
  std::vector<ToolInput> inputs; // in the order in which they were hashed
  std::vector<ToolFile> files;
  // Where a new program or library would be found first: along PATH, and along the dynamic linker's
  // search. Not part of the key.
  std::vector<ToolFile> places;
  // "NAME=value" of what the commands need from the environment: kbuild_variables(), and all that
  // decides. This environment alone gives the same key. Without PATH, LD_LIBRARY_PATH and
  // PAHOLE_FLAGS.
  std::vector<std::string> environment;
  // The newest time of any symbolic link on the way to one of `files`, see link_times.hpp; 0 if
  // none. Not part of the key: another target counts by its content. It tells whether an older file
  // can have been made by these tools.
  std::int64_t newest_link_ns = 0;
};

// False if one of the files has another stamp, disappeared or appeared, or has a stamp that is not
// settled. One stat(2) per file.
[[nodiscard]] bool are_unchanged(const std::vector<ToolFile>& files);

// What the key is made from, as the caller's make had it.
struct ToolSpec {
  Surroundings around;
  std::string target;       // the .ko for which `command` was expanded
  std::string command;      // cmd_btf_ko, expanded
  std::string script_flags; // flags that a script in `command` takes from the environment
  std::string base;         // as `command` spells it
  // $(PAHOLE), $(RESOLVE_BTFIDS), $(OBJCOPY), as make has them: a program found along PATH, or a
  // path relative to cwd, perhaps after launchers and with arguments. Empty or missing: not used.
  std::vector<std::string> tools;
};

// Errors: not_found if a tool does not exist (stock's own message is then the right one),
// unsupported for what is not understood, and the errors of reading and hashing.
[[nodiscard]] Expected<ToolKey> tool_key(const ToolSpec& spec, FileHashes& hashes);

} // namespace kbtf
