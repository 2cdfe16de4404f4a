// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd records about one .ko. Values only: the store keeps them, plan/ compares them with the
// disk. One hash per input, so that a changed input can be named.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"

#include <cstdint>
#include <string>

namespace kbtf {

// What decides the bytes of a module besides what make compares: objects and link command.
struct BuildKey {
  ContentHash base;   // of the base's .BTF bytes
  ContentHash tools;  // of the BTF tools' contents, their libraries, the command text and its flags
  ContentHash linker; // the same for the linker

  friend bool operator==(const BuildKey&, const BuildKey&) = default;
};

enum class ModuleState {
  writing,     // a BTF step began and has not finished
  finished,    // the .ko with `stamp` is what a clean link and one BTF step under `key` write
  renumbering, // new ids are being written in place. If the content is `rest` and `btf`, it is
               // finished; otherwise only the pristine bytes can be trusted
  doubtful,    // the content of the .ko is unknown, `reason` says why. The next build links it,
            // whatever it looks like. Not the same as no record: a .ko without one may be adopted
};

struct ModuleRecord {
  std::string ko; // absolute path
  ModuleState state = ModuleState::writing;
  FileStamp stamp; // of the finished .ko
  // The content was read when no later change could leave the same stamp. Until then the stamp
  // proves nothing, and the content is read again.
  bool is_settled = false;
  BuildKey key;
  ContentHash pristine; // whole file, as the linker left it; unknown: cannot be restored
  ContentHash rest;     // of the finished file, see btf/module_content.hpp; unknown for an adopted
                        // module until the background worker has hashed it
  ContentHash btf;      // of the finished file's BTF sections; unknown likewise
  ContentHash link;     // link key of the last link, see tools/link_key.hpp; unknown likewise
  ContentHash inputs;   // stamps of the files that the last link read, see stage/link_files.hpp;
                        // unknown: only make's comparison of times counts
  bool adopted = false; // built without kbtf and recorded as it was, see plan/decide.hpp; no
                        // self-check has confirmed it yet
  std::string reason_code; // of the last decision that led to work, see plan/reason.hpp
  std::string reason;      // the same in words
  std::string at;          // when, RFC 3339, UTC

  [[nodiscard]] bool has_content() const { return rest.is_known() && btf.is_known(); }
};

} // namespace kbtf
