// SPDX-License-Identifier: GPL-2.0-only
// The link key: a hash over everything that decides what the link of a module writes: the command
// (cmd_ld_ko_o, expanded), the contents of its inputs, of the linker and of the linker's libraries.
// Two links with one key write the same bytes, so that of two equal keys the second link need not
// run, whatever the time stamps say. Blocking; any thread, FileHashes is shared.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "proto/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

struct LinkSpec {
  std::string cwd;                 // absolute
  std::string command;             // as a shell takes it
  std::vector<std::string> inputs; // prerequisites of the .ko, as make spells them
  std::string path;                // PATH
  std::string library_path;        // LD_LIBRARY_PATH
};

struct LinkKey {
  ContentHash key;
  std::vector<ToolFile> files; // behind it
};

// Errors: unsupported for a command that is more than one program with plain words (objtool or an
// architecture's post-link step behind the link, response files), not_found, and what reading and
// hashing give.
[[nodiscard]] Expected<LinkKey> link_key(const LinkSpec& spec, FileHashes& hashes);

// The stamps of the inputs now, for a comparison with LinkKey::files later. One that is not there
// is left out.
[[nodiscard]] std::vector<ToolFile> stamp_inputs(const LinkSpec& spec);

// The key, if the inputs still have the stamps that stamp_inputs() found. Unknown otherwise.
[[nodiscard]] ContentHash link_key_of(const LinkSpec& spec, const std::vector<ToolFile>& stamped,
                                      FileHashes& hashes);

} // namespace kbtf
