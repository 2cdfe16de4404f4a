// SPDX-License-Identifier: GPL-2.0-only
// A module's pristine bytes: what the linker left, before any BTF step. Kept for moments as a
// copy (a step is running or its patch is still to be made), for good as a patch from the
// finished file. Everything is checked by hash when it is used. Blocking; any thread.
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

// A temporary copy in the daemon's own directory; removed with the last owner.
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

// Creates the directory for copies in a state directory, or removes those that an earlier daemon
// left: copies do not outlive it. What has another name than kbtf gives stays. Errors: those of
// make_private_dir().
[[nodiscard]] Status reset_copy_dir(const std::string& dir);

// Copies a fresh link output. Errors: io, file_moved: the module is then built as ever,
// only without a way back to its pristine bytes.
[[nodiscard]] Expected<PristineCopyPtr> copy_pristine(const std::string& ko,
                                                      const std::string& dir);

// Puts a copy's bytes in the .ko's place, if still `wanted` (replace_file()), with an old time
// stamp until the BTF step has written to it. Errors: the .ko is as it was.
[[nodiscard]] Status restore_from_copy(const std::string& ko, const PristineCopy& copy,
                                       const Wanted& wanted = {});

// The way back of one module.
struct PristinePatch {
  std::vector<std::byte> patch; // from the finished .ko, with `blank` as zeros
  std::vector<ByteRange> blank; // where .BTF and .BTF_ids lie in the finished .ko
  ContentHash pristine;         // of the result
};

// Rebuilds the pristine bytes from the finished .ko. Errors: malformed when they do not hash to
// `way.pristine`, not_found, file_moved, io.
[[nodiscard]] Expected<std::vector<std::byte>> pristine_bytes(const std::string& ko,
                                                              const PristinePatch& way);

// pristine_bytes(), put in the .ko's place if still `wanted`. Returns a fresh copy for the next
// patch (null when there is no room for one, or `dir` is ""). Errors: those; the .ko
// is then as it was.
[[nodiscard]] Expected<PristineCopyPtr> restore_from_patch(const std::string& ko,
                                                           const PristinePatch& way,
                                                           const std::string& dir,
                                                           const Wanted& wanted = {});

} // namespace kbtf
