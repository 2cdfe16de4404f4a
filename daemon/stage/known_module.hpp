// SPDX-License-Identifier: GPL-2.0-only
// A module and what is known of it before anybody looks at the file. Values.
#pragma once

#include "daemon/model/module_record.hpp"

#include <optional>
#include <string>

namespace kbtf {

struct KnownModule {
  std::string ko; // absolute
  std::optional<ModuleRecord> record;
  bool has_copy = false;     // pristine bytes are available without a patch
  bool can_renumber = false; // for Observed
};

} // namespace kbtf
