// SPDX-License-Identifier: GPL-2.0-only
// A module's pristine bytes: what the linker left, before any BTF step. Kept for a short time as a
// copy (while a step runs and until its patch is made), then as a patch from the finished file.
// Each is checked by hash when used. Blocking; any thread.
#pragma once

#include "daemon/model/stamped_hash.hpp"
#include "daemon/store/files.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

// A temporary copy in the daemon's directory; removed with its last owner.
class PristineCopy {
public:
  PristineCopy(std::string path, ContentHash hash) : m_path(std::move(path)), m_hash(hash) {}
  PristineCopy(const PristineCopy&) = delete;
  PristineCopy& operator=(const PristineCopy&) = delete;
  PristineCopy(PristineCopy&&) = delete;
  PristineCopy& operator=(PristineCopy&&) = delete;
  ~PristineCopy();

  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] const ContentHash& hash() const { return m_hash; }

private:
  std::string m_path;
  ContentHash m_hash;
};
using PristineCopyPtr = std::shared_ptr<const PristineCopy>;

// Creates the directory for copies in a state directory. If it exists, removes the copies that an
// earlier daemon left: copies do not outlive it. Leaves files alone that kbtf did not name. Errors:
// those of make_state_subdir(), io.
[[nodiscard]] Status reset_copy_dir(const std::string& dir);

// Copies a fresh link output. Errors: not_found, io, unsupported, file_moved. The module is then
// built as usual, but its pristine bytes cannot be restored.
[[nodiscard]] Expected<PristineCopyPtr> copy_pristine(const std::string& ko,
                                                      const std::string& dir);

// Puts a copy's bytes in the .ko's place, if still `wanted` (see replace_file()), with an old time
// until the BTF step writes to it. On any error the .ko is unchanged.
[[nodiscard]] Status restore_from_copy(const std::string& ko, const PristineCopy& copy,
                                       const Wanted& wanted = {});

// What restores one module.
struct PristinePatch {
  std::vector<std::byte> patch; // from the finished .ko, with `blank` as zeros
  std::vector<ByteRange> blank; // where .BTF and .BTF_ids lie in the finished .ko
  ContentHash pristine;         // of the result
};

// Rebuilds the pristine bytes from the finished .ko. Errors: malformed (they do not hash to
// `way.pristine`), not_found, file_moved, io.
[[nodiscard]] Expected<std::vector<std::byte>> pristine_bytes(const std::string& ko,
                                                              const PristinePatch& way);

// Puts pristine_bytes() in the .ko's place, if still `wanted`, with an old time. Returns a new copy
// for the next patch (null if there is no room for one, or `dir` is ""). Errors: those of
// pristine_bytes() and replace_file(); the .ko is then unchanged.
[[nodiscard]] Expected<PristineCopyPtr> restore_from_patch(const std::string& ko,
                                                           const PristinePatch& way,
                                                           const std::string& dir,
                                                           const Wanted& wanted = {});

} // namespace kbtf
