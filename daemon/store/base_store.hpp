// SPDX-License-Identifier: GPL-2.0-only
// Old bases: the BTF of the last few vmlinux files, compressed (zstd), by hash. Renumbering needs
// the base that a module was built against, and by then the link has overwritten it. Losing one
// costs a BTF step per module. Blocking; any thread, also concurrently.
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
  // How many are kept; the least recently used is dropped first.
  static constexpr std::size_t k_kept = 8;

  // `dir` is created at the first keep(); "" keeps nothing.
  explicit BaseStore(std::string dir) : m_dir(std::move(dir)) {}

  [[nodiscard]] bool has(const ContentHash& hash) const;
  // Stores `base`, whose hash is `hash`. Errors: io; what was stored before is kept.
  [[nodiscard]] Status keep(const ContentHash& hash, std::span<const std::byte> base) const;
  // Errors: not_found, io, malformed (the file does not hold the bytes of that hash).
  [[nodiscard]] Expected<std::vector<std::byte>> load(const ContentHash& hash) const;

private:
  [[nodiscard]] std::string path_of(const ContentHash& hash) const;
  void drop_oldest() const;

  std::string m_dir;
};

} // namespace kbtf
