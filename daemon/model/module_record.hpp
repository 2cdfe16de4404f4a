// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd remembers of one .ko. Values only; the store keeps them, plan/ compares them with
// what is there now. One hash per input, so that a changed input can be named.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"

#include <cstdint>
#include <string>

namespace kbtf {

// What decides the bytes of a module besides what make compares it with: objects and link command.
struct BuildKey {
  ContentHash base;   // of the base's .BTF bytes
  ContentHash tools;  // of the BTF tools' contents, their libraries, the command text and its flags
  ContentHash linker; // of the linker's contents, likewise

  friend bool operator==(const BuildKey&, const BuildKey&) = default;
};

enum class ModuleState {
  writing,     // a BTF step began and has not been reported as finished
  finished,    // the .ko with `stamp` is what a clean link and one BTF step under `key` leave
  renumbering, // new ids are being written over the old ones, in place: with the content `rest`
               // and `btf` it is finished, otherwise only its pristine bytes can be trusted
  doubtful,    // something happened to the .ko of which nobody knows what it left; `reason` says
            // what. It is linked, whatever it looks like. Not the same as no record at all, which
            // is of a .ko that kbtf has never had to do with, and which may be adopted
};

struct ModuleRecord {
  std::string ko; // absolute path
  ModuleState state = ModuleState::writing;
  FileStamp stamp; // of the finished .ko
  // The content was read when no further change could have left the same stamp. Until then the
  // stamp alone says nothing, and the content is read again.
  bool is_settled = false;
  BuildKey key;
  ContentHash pristine;    // whole file, as the linker left it; unknown: cannot be restored
  ContentHash rest;        // of the finished file, see btf/module_content.hpp; of an adopted
                           // module unknown until it has been hashed in the background
  ContentHash btf;         // of the finished file's BTF sections; unknown likewise
  ContentHash link;        // link key of the last link, see tools/link_key.hpp; unknown likewise
  ContentHash inputs;      // stamps of the files that the last link read, see stage/link_files.hpp;
                           // unknown: make's comparison of times is all there is
  bool adopted = false;    // built without kbtf and taken as it was, see plan/decide.hpp, and not
                           // yet found to be what stock's commands make of the module
  std::string reason_code; // of the last decision that led to work, see plan/reason.hpp
  std::string reason;      // the same in words
  std::string at;          // when, RFC 3339, UTC

  [[nodiscard]] bool has_content() const { return rest.is_known() && btf.is_known(); }
};

} // namespace kbtf
