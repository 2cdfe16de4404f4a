// SPDX-License-Identifier: GPL-2.0-only
// The marks that clients leave in the runtime directory if the daemon does not answer, see
// client/run_step.cpp. Blocking.
#pragma once

#include <string>

namespace kbtf {

// Removes the marks that clients of an earlier daemon left.
void remove_stage_marks(const std::string& runtime_dir);

} // namespace kbtf
