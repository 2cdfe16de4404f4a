// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/pristine.hpp"

#include "daemon/store/files.hpp"
#include "daemon/store/patch.hpp"
#include "daemon/store/state_dir.hpp"

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace kbtf {
namespace {

std::string next_copy_path(const std::string& dir) {
  static std::atomic<unsigned long> count{0};
  return dir + "/" + std::to_string(++count);
}

// Copies are numbered; the other two are pahole's output and input (stage/profile_maker.cpp).
bool is_name_of_ours(const std::string& name) {
  return name.find_first_not_of("0123456789") == std::string::npos || name == "full" ||
         name == "full.ko";
}

Expected<PristineCopyPtr> write_copy(std::span<const std::byte> bytes, const ContentHash& hash,
                                     const std::string& dir) {
  const std::string path = next_copy_path(dir);
  auto fd = open_fd(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!fd)
    return fd.forward_error();
  if (auto written = write_all(*fd, bytes, path); !written) {
    ::unlink(path.c_str());
    return written.forward_error();
  }
  return PristineCopyPtr(std::make_shared<PristineCopy>(path, hash));
}

} // namespace

PristineCopy::~PristineCopy() {
  ::unlink(m_path.c_str());
}

Status reset_copy_dir(const std::string& dir) {
  if (auto made = make_state_subdir(dir); !made)
    return made;
  std::error_code error;
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (is_name_of_ours(it->path().filename().string()) &&
        it->symlink_status(gone).type() == std::filesystem::file_type::regular)
      ::unlink(it->path().c_str());
  }
  if (error)
    return unexpected(errno_error(dir, error.value()));
  return Ok{};
}

Expected<PristineCopyPtr> copy_pristine(const std::string& ko, const std::string& dir) {
  const std::string path = next_copy_path(dir);
  if (auto copied = copy_file(ko, path); !copied)
    return copied.forward_error();
  auto hashed = hash_file(path);
  if (!hashed) {
    ::unlink(path.c_str());
    return hashed.forward_error();
  }
  return PristineCopyPtr(std::make_shared<PristineCopy>(path, hashed->hash));
}

Status restore_from_copy(const std::string& ko, const PristineCopy& copy, const Wanted& wanted) {
  auto file = read_whole(copy.path());
  if (!file)
    return file.forward_error();
  if (hash_bytes(file->bytes) != copy.hash())
    return unexpected(ErrorKind::malformed, copy.path() + ": damaged copy");
  return replace_file(ko, file->bytes, NewTime::old, wanted);
}

Expected<std::vector<std::byte>> pristine_bytes(const std::string& ko, const PristinePatch& way) {
  auto file = read_whole(ko);
  if (!file)
    return file.forward_error();
  blank_out(file->bytes, way.blank);
  // The pristine file is smaller than the finished one; the slack allows for future layouts.
  const std::size_t limit = file->bytes.size() * 2 + (std::size_t{1} << 20);
  auto bytes = apply_patch(file->bytes, way.patch, limit);
  if (!bytes)
    return bytes;
  if (hash_bytes(*bytes) != way.pristine)
    return unexpected(ErrorKind::malformed, ko + ": patch gives other bytes than recorded");
  return bytes;
}

Expected<PristineCopyPtr> restore_from_patch(const std::string& ko, const PristinePatch& way,
                                             const std::string& dir, const Wanted& wanted) {
  auto bytes = pristine_bytes(ko, way);
  if (!bytes)
    return bytes.forward_error();
  if (auto replaced = replace_file(ko, *bytes, NewTime::old, wanted); !replaced)
    return replaced.forward_error();
  if (dir.empty())
    return PristineCopyPtr();
  auto copy = write_copy(*bytes, way.pristine, dir);
  return copy ? *copy : PristineCopyPtr();
}

} // namespace kbtf
