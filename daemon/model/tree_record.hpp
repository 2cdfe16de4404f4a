// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd remembers of the last module stage of one tree. Values; the store keeps them.
#pragma once

#include "daemon/model/module_record.hpp"

#include <string>

namespace kbtf {

struct TreeRecord {
  std::string tree; // directory of its modules.order; what people call it
  std::string cwd;  // make's directory
  std::string modules_order;
  std::string base_path; // absolute; empty with `why_stock`
  BuildKey key;          // unknown with `why_stock`
  std::string at;        // RFC 3339, UTC
  std::string kernel, rule;
  std::string why_stock; // "" unless the stage fell back to the stock build
};

} // namespace kbtf
