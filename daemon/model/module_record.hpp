// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd remembers of one .ko. Values only; the store keeps them, plan/ compares them with
// what is there now. One hash per input, so that a changed input can be named.
#pragma once

#include "daemon/model/file_stamp.hpp"
#include "daemon/model/hash.hpp"

#include <cstdint>
#include <string>

namespace kbtf {

// What decides the bytes that a BTF step writes, besides the module itself.
struct BuildKey {
  ContentHash base;  // of the base's .BTF bytes
  ContentHash tools; // of the tools' contents, their libraries, the command text and its flags

  friend bool operator==(const BuildKey&, const BuildKey&) = default;
};

enum class ModuleState {
  writing,  // a BTF step began and has not been reported as finished
  finished, // the .ko with `stamp` is what a clean link and one BTF step under `key` leave
};

struct ModuleRecord {
  std::string ko; // absolute path
  ModuleState state = ModuleState::writing;
  FileStamp stamp; // of the finished .ko
  BuildKey key;
  ContentHash pristine;    // whole file, as the linker left it; unknown: cannot be restored
  ContentHash finished;    // whole file, after the BTF step; unknown until the background hash
  ContentHash btf;         // the finished file's .BTF; unknown likewise
  bool adopted = false;    // built without kbtf and found sound, see plan/decide.hpp
  std::string reason_code; // of the last decision that led to work, see plan/reason.hpp
  std::string reason;      // the same in words
  std::string at;          // when, RFC 3339, UTC
};

} // namespace kbtf
