// SPDX-License-Identifier: GPL-2.0-only
// The marks that a self-check leaves when kbtf's BTF was not what a real link and BTF step write:
// one small text file per tool key, STATE/distrusted/KEY. Under a key with a mark nothing is
// renumbered, and every module recorded no later than the mark is linked again. Files, not rows of
// the state: `kbtf verify` writes them while the daemon runs, they survive a cold start, and a
// person can read and delete them. If the state directory is "", there are none. Blocking; any
// thread.
#pragma once

#include "daemon/model/hash.hpp"
#include "util/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kbtf {

[[nodiscard]] std::string distrust_path(const std::string& state_dir, const ContentHash& tools);

// Makes a mark, or renews an old one. `text` is for people; its first line says what was wrong.
// Errors: refused, io.
[[nodiscard]] Status distrust(const std::string& state_dir, const ContentHash& tools,
                              const std::string& text);

struct Distrust {
  std::string since; // the mark's time stamp, RFC 3339, UTC
  std::string what;  // first line of its text
};

// The paths of all marks.
[[nodiscard]] std::vector<std::string> all_distrusted(const std::string& state_dir);

// nullopt: no mark.
[[nodiscard]] std::optional<Distrust> find_distrust(const std::string& state_dir,
                                                    const ContentHash& tools);

} // namespace kbtf
