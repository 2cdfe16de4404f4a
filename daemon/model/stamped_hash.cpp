// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/stamped_hash.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <vector>

#include <xxhash.h>

namespace kbtf {
namespace {

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

} // namespace

Expected<StampedHash> hash_file(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  auto before = stamp_of(*fd, path);
  if (!before)
    return before.forward_error();
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK)
    return unexpected(ErrorKind::io, path + ": no memory to hash");
  std::vector<std::byte> buffer(256 * 1024);
  for (;;) {
    const ssize_t n = ::read(fd->get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unexpected(errno_error(path));
    if (n == 0)
      break;
    XXH3_128bits_update(state.get(), buffer.data(), static_cast<std::size_t>(n));
  }
  auto after = stamp_of(*fd, path);
  if (!after)
    return after.forward_error();
  if (!(*before == *after))
    return unexpected(ErrorKind::file_moved, path + ": changed while it was hashed");
  const XXH128_hash_t h = XXH3_128bits_digest(state.get());
  return StampedHash{*after, {h.high64, h.low64}};
}

} // namespace kbtf
