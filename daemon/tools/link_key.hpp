// SPDX-License-Identifier: GPL-2.0-only
// The link key: a hash over everything that decides what the link of a module writes: the command
// (cmd_ld_ko_o, expanded), the contents of its inputs, and the linker as tool_key.hpp takes a tool:
// with its libraries, the launchers and scripts in front of it, and the environment that these
// read. Two links with one key write the same bytes, so that of two equal keys the second link need
// not run, whatever the time stamps say. Blocking; any thread, FileHashes is shared.
#pragma once

#include "daemon/tools/tool_key.hpp"
#include "util/error.hpp"

#include <string>
#include <vector>

namespace kbtf {

struct LinkSpec {
  Surroundings around;
  std::string command;             // as a shell takes it
  std::vector<std::string> inputs; // prerequisites of the .ko, as make spells them
};

struct LinkKey {
  ContentHash key;
  std::vector<ToolFile> files; // behind it
};

// Errors: unsupported for a command that is more than one program with plain words (objtool or an
// architecture's post-link step behind the link, response files), whose linker is not understood,
// or whose files cannot be told (link_words.hpp); not_found, and what reading and hashing give.
[[nodiscard]] Expected<LinkKey> link_key(const LinkSpec& spec, FileHashes& hashes);

// The stamps of the inputs now, for a comparison with LinkKey::files later. One that is not there
// is left out.
[[nodiscard]] std::vector<ToolFile> stamp_inputs(const LinkSpec& spec);

// The key of a link that has run. `stamped`: what was there when it ran, stamp_inputs() and the
// files of linker_key(). Unknown if a file behind the key now is none of these, or has changed.
[[nodiscard]] ContentHash link_key_of(const LinkSpec& spec, const std::vector<ToolFile>& stamped,
                                      FileHashes& hashes);

// The key of a linker alone, as make has it ("env ld"), as tool_key.hpp takes a tool. Errors as for
// link_key().
[[nodiscard]] Expected<ToolKey> linker_key(const std::string& linker, const Surroundings& around,
                                           FileHashes& hashes);

} // namespace kbtf
