// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/base_store.hpp"

#include "daemon/store/files.hpp"
#include "daemon/store/patch.hpp"
#include "daemon/store/state_dir.hpp"
#include "util/fd.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_suffix = ".btf.zst";
constexpr std::size_t k_limit = std::size_t{1} << 30; // BTF itself uses 32-bit sizes

// A unique name per thread and daemon: HASH.btf.zst.PID.N.
std::string temporary(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + "." + std::to_string(::getpid()) + "." + std::to_string(++count);
}

enum class Name { base, unfinished, foreign };

// This process is still writing its own unfinished files; others were left by a daemon that died.
Name name_of(const std::string& name) {
  constexpr std::size_t k_digits = 32;
  const std::string suffix = k_suffix;
  if (name.size() < k_digits || !ContentHash::from_hex(name.substr(0, k_digits)).is_known() ||
      name.compare(k_digits, suffix.size(), suffix) != 0)
    return Name::foreign;
  const std::string rest = name.substr(k_digits + suffix.size());
  if (rest.empty())
    return Name::base;
  const std::string own = std::to_string(::getpid()) + ".";
  if (!rest.starts_with('.') || rest.find_first_not_of(".0123456789") != std::string::npos ||
      rest.compare(1, own.size(), own) == 0)
    return Name::foreign;
  return Name::unfinished;
}

} // namespace

std::string BaseStore::path_of(const ContentHash& hash) const {
  return m_dir + "/" + hash.hex() + k_suffix;
}

bool BaseStore::has(const ContentHash& hash) const {
  return !m_dir.empty() && ::access(path_of(hash).c_str(), R_OK) == 0;
}

Status BaseStore::keep(const ContentHash& hash, std::span<const std::byte> base) const {
  if (m_dir.empty())
    return Ok{};
  if (auto made = make_state_subdir(m_dir); !made)
    return made;
  auto packed = make_patch({}, base); // a frame without a reference
  if (!packed)
    return packed.forward_error();
  const std::string path = path_of(hash);
  const std::string unfinished = temporary(path);
  auto fd = open_fd(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!fd)
    return fd.forward_error();
  Status result = write_all(*fd, *packed, unfinished);
  fd->reset();
  if (result && ::rename(unfinished.c_str(), path.c_str()) != 0)
    result = unexpected(errno_error(path));
  if (!result)
    ::unlink(unfinished.c_str());
  drop_oldest();
  return result;
}

Expected<std::vector<std::byte>> BaseStore::load(const ContentHash& hash) const {
  if (m_dir.empty())
    return unexpected(ErrorKind::not_found, hash.hex() + ": no bases are kept");
  const std::string path = path_of(hash);
  auto packed = read_whole(path);
  if (!packed)
    return packed.forward_error();
  auto base = apply_patch({}, packed->bytes, k_limit);
  if (!base)
    return base;
  if (hash_bytes(*base) != hash)
    return unexpected(ErrorKind::malformed, path + ": other bytes than its name says");
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); // mark as just used
  return base;
}

void BaseStore::drop_oldest() const {
  struct Kept {
    fs::file_time_type used;
    fs::path path;
  };
  std::vector<Kept> all;
  std::error_code error;
  for (fs::directory_iterator it(m_dir, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const Name name = name_of(it->path().filename().string());
    if (name == Name::foreign || it->symlink_status(gone).type() != fs::file_type::regular)
      continue;
    const auto used = fs::last_write_time(it->path(), gone);
    if (name == Name::unfinished)
      fs::remove(it->path(), gone);
    else if (!gone)
      all.push_back({used, it->path()});
  }
  std::ranges::sort(all, [](const Kept& a, const Kept& b) {
    return a.used != b.used ? a.used > b.used : a.path < b.path;
  });
  for (std::size_t i = k_kept; i < all.size(); ++i)
    fs::remove(all[i].path, error);
}

} // namespace kbtf
