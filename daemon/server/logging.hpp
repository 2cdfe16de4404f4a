// SPDX-License-Identifier: GPL-2.0-only
// Sets up spdlog. Logs to the journal if standard error is the journal (systemd), to standard error
// in the foreground, else to a file in the state directory that rotates at 1 MiB. KBTF_LOG is a
// level (trace, debug, info, warn, error, off; default info, also for an unknown word) or the
// absolute path of a file, which then gets everything from debug up. Call once, before threads
// exist; the logger itself is thread-safe.
#pragma once

#include <string>

namespace kbtf {

// Returns where the log is: a path, "journal" or "standard error". Never fails: if there is nowhere
// to write, as with a `state_dir` of "", the daemon logs nothing and this returns "".
std::string set_up_logging(bool foreground, const std::string& state_dir);

} // namespace kbtf
