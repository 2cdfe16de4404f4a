// SPDX-License-Identifier: GPL-2.0-only
// Who owns the state directory, and who may write to it. KBTF_STATE_DIR can name any directory, and
// kbtf deletes its own files there by name. So it accepts only a directory
//   - that does not exist, is empty, or holds only the files of a runtime directory;
//   - with kbtf's mark: a file kbtf.tag, whose first line is k_state_mark_line;
//   - made by an earlier kbtf, which left no mark: state.db is a database of kbtf's, and
//     all other names are kbtf's.
// Any other is somebody else's: kbtf reads, changes and deletes nothing in it, and leaves its mode
// alone. One daemon at a time uses a directory, by a lock on the file state.lock in it
// (util/lock_file.hpp): two would delete each other's copies. docs/state-format.md, "Directories".
// Blocking; one thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <string>

namespace kbtf {

inline constexpr const char* k_state_mark = "kbtf.tag";
inline constexpr const char* k_state_mark_line = "This is a state directory of kbtf.";

struct StateDir {
  std::string path;    // empty: nothing may be kept on disk; `warning` says why
  std::string warning; // one line, or empty
  Fd lock;             // held while this object exists
};

// Creates `dir` if necessary, locks and marks it. The lock names this process and the runtime
// directory `runtime`, for others to print. A directory that cannot be used (somebody else's, not
// writable, a file system without locks) is no error but gives a StateDir without path. Errors:
// refused (another daemon has it; the text says which).
[[nodiscard]] Expected<StateDir> claim_state_dir(const std::string& dir,
                                                 const std::string& runtime);

// Checks that `dir` exists and is one of the above. Changes nothing. Errors: refused (names a file
// in it that is not kbtf's, or says that neither a mark nor state.db is), not_found, io.
[[nodiscard]] Status check_state_dir(const std::string& dir);

// Creates the directory `dir` in a state directory, as make_private_dir() does; also the state
// directory and its mark, if somebody has deleted it meanwhile. Errors: as for make_private_dir(),
// io.
[[nodiscard]] Status make_state_subdir(const std::string& dir);

} // namespace kbtf
