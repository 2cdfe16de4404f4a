// SPDX-License-Identifier: GPL-2.0-only
// Old bases: the BTF of the last few vmlinux, compressed (zstd), by hash. Renumbering needs the
// base that a module was made against, and by then the link has overwritten it. Losing one costs a
// BTF step per module. Blocking; any thread, also several at a time.
#pragma once

#include "daemon/model/hash.hpp"
#include "util/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kbtf {

class BaseStore {
public:
  // How many are kept; the one that was used longest ago goes first.
  static constexpr std::size_t k_kept = 8;

  // `dir` is created at the first keep(); "" keeps nothing.
  explicit BaseStore(std::string dir) : m_dir(std::move(dir)) {}

  [[nodiscard]] bool has(const ContentHash& hash) const;
  // Stores `base`, whose hash is `hash`. Errors: io; what was there before is still
  // there.
  [[nodiscard]] Status keep(const ContentHash& hash, std::span<const std::byte> base) const;
  // Errors: not_found; malformed if the file does not give the bytes of that hash.
  [[nodiscard]] Expected<std::vector<std::byte>> load(const ContentHash& hash) const;

private:
  [[nodiscard]] std::string path_of(const ContentHash& hash) const;
  void drop_oldest() const;

  std::string m_dir;
};

} // namespace kbtf
