// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/model/stamped_hash.hpp"

#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <vector>

#include <xxhash.h>

namespace kbtf {
namespace {

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

} // namespace

void blank_out(std::span<std::byte> piece, std::span<const ByteRange> ranges,
               std::uint64_t offset) {
  for (const auto& range : ranges) {
    const std::uint64_t begin = std::max(range.offset, offset);
    const std::uint64_t end = std::min(range.offset + range.size, offset + piece.size());
    if (begin < end)
      std::ranges::fill(piece.subspan(begin - offset, end - begin), std::byte{0});
  }
}

Expected<StampedHash> hash_file(const std::string& path, std::span<const ByteRange> blank) {
  auto fd = open_fd(path, O_RDONLY | O_NONBLOCK); // a FIFO would wait for a writer
  if (!fd)
    return fd.forward_error();
  auto before = stamp_of(*fd, path);
  if (!before)
    return before.forward_error();
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK)
    return unexpected(ErrorKind::io, path + ": no memory to hash");
  std::vector<std::byte> buffer(256UL * 1024);
  std::uint64_t offset = 0;
  for (;;) {
    const auto n = read_up_to(*fd, buffer, path);
    if (!n)
      return n.forward_error();
    if (*n == 0)
      break;
    const auto piece = std::span(buffer).first(*n);
    blank_out(piece, blank, offset);
    offset += piece.size();
    XXH3_128bits_update(state.get(), piece.data(), piece.size());
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
