// SPDX-License-Identifier: GPL-2.0-only
// Sets up spdlog: the journal where standard error is the journal (systemd), standard error in the
// foreground, else a file in the state directory that rotates at 1 MiB. KBTF_LOG is a level (trace,
// debug, info, warn, error, off; default info, which another word means too) or the absolute path
// of a file, which then gets everything from debug up. Called once, before threads exist; the
// logger itself is thread-safe.
#pragma once

#include <string>

namespace kbtf {

// Returns where the log is: a path, "journal" or "standard error". Never fails: with nowhere to
// write, as with a `state_dir` of "", the daemon is silent, and that is "".
std::string set_up_logging(bool foreground, const std::string& state_dir);

} // namespace kbtf
