// SPDX-License-Identifier: GPL-2.0-only
// The link key: a hash over everything that decides what the link of a module writes: the command
// (cmd_ld_ko_o, expanded), the contents of its inputs, and the linker, hashed as tool_key.hpp
// hashes a tool: with its libraries, the launchers and scripts in front of it, and the environment
// that these read. Two links with the same key write the same bytes, so the second one need not
// run, whatever the time stamps say. Blocking; any thread, FileHashes is shared.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "util/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

struct LinkSpec {
  Surroundings around;
  std::string command;             // as passed to a shell
  std::vector<std::string> inputs; // prerequisites of the .ko, as make spells them
};

struct LinkKey {
  ContentHash key;
  std::vector<ToolFile> files; // that the key was made from
};

// Errors: unsupported for a command that is more than one program with plain words (objtool or an
// architecture's post-link step after the link, response files), whose linker is not understood, or
// whose files cannot be determined (link_words.hpp); not_found, and the errors of reading and
// hashing.
[[nodiscard]] Expected<LinkKey> link_key(const LinkSpec& spec, FileHashes& hashes);

// The current stamps of the inputs, to compare with LinkKey::files later. Leaves out missing files.
[[nodiscard]] std::vector<ToolFile> stamp_inputs(const LinkSpec& spec);

// The key of a link that has run. `stamped`: the files as they were when it ran, from
// stamp_inputs() and linker_key(). Unknown if a file that the key is made from is not among these,
// or has changed.
[[nodiscard]] ContentHash link_key_of(const LinkSpec& spec, const std::vector<ToolFile>& stamped,
                                      FileHashes& hashes);

// The key of a linker alone, as make has it ("env ld"), hashed as tool_key.hpp hashes a tool.
// Errors as for link_key().
[[nodiscard]] Expected<ToolKey> linker_key(const std::string& linker, const Surroundings& around,
                                           FileHashes& hashes);

} // namespace kbtf
