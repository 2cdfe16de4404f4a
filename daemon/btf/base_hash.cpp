// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/base_hash.hpp"

#include "daemon/btf/btf_format.hpp"
#include "daemon/btf/elf_file.hpp"

#include <cstdint>
#include <cstring>
#include <fcntl.h>

namespace kbtf {
namespace {

bool has_btf_magic(std::span<const std::byte> bytes) {
  std::uint16_t magic = 0;
  if (bytes.size() < k_short_btf_header)
    return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == k_btf_magic || magic == __builtin_bswap16(k_btf_magic);
}

Expected<bool> is_raw_btf(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY | O_NONBLOCK);
  if (!fd)
    return fd.forward_error();
  const auto head = beginning_of(*fd, k_short_btf_header, path);
  if (!head)
    return head.forward_error();
  return has_btf_magic(std::as_bytes(std::span(*head)));
}

Expected<StampedBytes> read_raw(const std::string& path) {
  auto before = stamp_of(path);
  if (!before)
    return before.forward_error();
  constexpr std::size_t k_max_base = std::size_t{1} << 30;
  auto bytes = read_bytes(path, k_max_base);
  if (!bytes)
    return bytes.forward_error();
  auto after = stamp_of(path);
  if (!after)
    return after.forward_error();
  if (!(*before == *after))
    return unexpected(ErrorKind::file_moved, path + ": changed while it was read");
  return StampedBytes{*std::move(bytes), *after};
}

} // namespace

Expected<StampedBytes> read_base_btf(const std::string& path) {
  auto raw = is_raw_btf(path);
  if (!raw)
    return raw.forward_error();
  if (*raw)
    return read_raw(path);
  auto file = ElfFile::open(path);
  if (!file)
    return file.forward_error();
  const ElfSection* section = file->find(".BTF");
  if (!section)
    return unexpected(ErrorKind::not_found, path + ": no .BTF section");
  auto bytes = file->read(*section);
  if (!bytes)
    return bytes.forward_error();
  if (!has_btf_magic(*bytes))
    return unexpected(ErrorKind::malformed, path + ": .BTF is not BTF");
  auto now = file->stamp_now();
  if (!now || !(*now == file->stamp()))
    return unexpected(ErrorKind::file_moved, path + ": changed while it was read");
  return StampedBytes{*std::move(bytes), *now};
}

Expected<StampedHash> hash_base_btf(const std::string& path) {
  auto base = read_base_btf(path);
  if (!base)
    return base.forward_error();
  return StampedHash{base->stamp, hash_bytes(base->bytes)};
}

} // namespace kbtf
