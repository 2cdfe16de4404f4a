// SPDX-License-Identifier: GPL-2.0-only
// Renumbers one .ko: reads its BTF, and works out the bytes of its BTF sections on the changed base
// and what is known of the module afterwards. Changes no file. renumber/renumber.hpp says why the
// bytes are those of the real BTF step. Blocking; any thread.
#pragma once

#include "daemon/model/module_record.hpp"
#include "daemon/renumber/base_map.hpp"
#include "daemon/store/overwrite.hpp"
#include "daemon/store/state_db.hpp"

#include <string>
#include <vector>

namespace kbtf {

struct RenumberTask {
  std::string ko;        // absolute
  FileStamp stamp;       // of the finished .ko
  StoredProfile profile; // of the recorded file on the old base
};

struct RenumberedModule {
  std::string why_not = "not worked out"; // one phrase; empty: the rest is valid
  FileStamp stamp;                        // task.stamp
  std::vector<NewBytes> parts;
  StoredProfile profile; // of the module with `parts`, on the new base
};

// `map` maps task.profile.key.base to `to`.
[[nodiscard]] RenumberedModule renumber_module(const BaseMap& map, const ContentHash& to,
                                               const RenumberTask& task);

} // namespace kbtf
