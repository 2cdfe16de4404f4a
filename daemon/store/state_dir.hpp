// SPDX-License-Identifier: GPL-2.0-only
// Whose the state directory is, and who may write to it. KBTF_STATE_DIR can name any directory, and
// kbtf deletes files in its own by name; so it takes one only
//   - that is not there, or empty, or has nothing but the files of a runtime directory in it;
//   - with kbtf's mark: a file kbtf.tag, whose first line is k_state_mark_line;
//   - that an earlier kbtf, which left no mark, has made: state.db is a database of kbtf's, and all
//     the rest has names that kbtf gives.
// Any other is somebody's: nothing in it is read, changed or deleted, nor is its mode. One daemon
// at a time has it, by a lock on the file state.lock in it (util/lock_file.hpp), since two of them
// would delete each other's copies. docs/state-format.md, "Directories". Blocking; one thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <string>

namespace kbtf {

inline constexpr const char* k_state_mark = "kbtf.tag";
inline constexpr const char* k_state_mark_line = "This is a state directory of kbtf.";

struct StateDir {
  std::string path;    // empty: nothing may be kept on disk, and `warning` says why
  std::string warning; // one line, or empty
  Fd lock;             // held as long as this lives
};

// Makes `dir` if need be, locks and marks it, for this process and the runtime directory `runtime`,
// of which others are told. A directory that cannot be had (somebody's, not writable, no locks on
// its file system) is no error but a StateDir without path. Errors: refused, when another daemon
// has it; the text says which.
[[nodiscard]] Expected<StateDir> claim_state_dir(const std::string& dir,
                                                 const std::string& runtime);

// Whether `dir` is there and one of the above. Changes nothing. Errors: refused, with a name that
// is in it and none of kbtf's; not_found, io.
[[nodiscard]] Status check_state_dir(const std::string& dir);

// Makes the directory `dir` in a state directory, as make_private_dir() does; also the state
// directory with its mark, if somebody has deleted it meanwhile. Errors: as make_private_dir().
[[nodiscard]] Status make_state_subdir(const std::string& dir);

} // namespace kbtf
