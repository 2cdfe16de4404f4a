// SPDX-License-Identifier: GPL-2.0-only
// Test helper: what libbpf's deduplication makes of a model's BTF, as pahole would have it.
#pragma once

#include "tests/unit/libbpf_btf.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace kbtf::test {

using Bytes = std::vector<std::byte>;

inline BtfHandle take(const Bytes& bytes) {
  BtfHandle object(::btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
  if (!object)
    throw std::runtime_error("libbpf refused the model's BTF");
  return object;
}

// `types` deduplicated on top of `base`, or alone when that is nullptr. `strings` are added without
// a type, as pahole does with names of functions that it leaves out.
inline Bytes deduplicate(const Bytes& types, const Bytes* base = nullptr,
                         const std::vector<std::string>& strings = {}) {
  const BtfHandle below_it = base ? take(*base) : nullptr;
  const BtfHandle from = take(types);
  const BtfHandle to(below_it ? ::btf__new_empty_split(below_it.get()) : ::btf__new_empty());
  checked(::btf__add_btf(to.get(), from.get()));
  for (const auto& string : strings)
    checked(::btf__add_str(to.get(), string.c_str()));
  if (::btf__dedup(to.get(), nullptr) != 0)
    throw std::runtime_error("libbpf cannot deduplicate");
  return raw_bytes(to.get());
}

} // namespace kbtf::test
