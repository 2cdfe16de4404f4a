// SPDX-License-Identifier: GPL-2.0-only
// The tool key: a hash over everything besides module and base that decides what a BTF step
// writes: the contents of the programs that cmd_btf_ko runs and of the libraries they load, of
// the scripts it names, and its own text and flags. By content, never by version string or time.
// Blocking (reads files, runs the dynamic linker); any thread, FileHashes is shared.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "proto/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

// One input of the key, by a name that people know ("/usr/bin/pahole", "command").
struct ToolInput {
  std::string name;
  std::string value; // hash in hex, or the text itself for "command"
};

// A file behind the key, as it was when it was hashed.
struct ToolFile {
  std::string path;
  FileStamp stamp;
};

struct ToolKey {
  ContentHash key;
  std::vector<ToolInput> inputs; // in the order in which they were hashed
  std::vector<ToolFile> files;
};

// False once one of the files is gone or no longer carries its stamp. One stat(2) a file.
[[nodiscard]] bool are_unchanged(const std::vector<ToolFile>& files);

// What the key is made from, as the caller's make had it.
struct ToolSpec {
  std::string cwd;                // absolute
  std::string target;             // the .ko for which `command` was expanded
  std::string command;            // cmd_btf_ko, expanded
  std::string script_flags;       // flags that a script in `command` takes from the environment
  std::string base;               // as `command` spells it: no part of the key
  std::vector<std::string> tools; // as make has them
  std::string path;               // PATH
  std::string library_path;       // LD_LIBRARY_PATH
};

// Works out the key. A tool is a program found along `path`, or a path relative to `cwd`, perhaps
// with arguments behind it. A tool that is a script counts with every program it names (a wrapper
// around pahole must not hide a new pahole). Errors: not_found when a tool is not there (stock's
// own message is then the right one), unsupported for a wrapper that computes the path of a tool,
// and what reading and hashing give.
[[nodiscard]] Expected<ToolKey> tool_key(const ToolSpec& spec, FileHashes& hashes);

} // namespace kbtf
