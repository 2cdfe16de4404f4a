// SPDX-License-Identifier: GPL-2.0-only
// Hash of the base BTF that a rule names: the bytes of `.BTF` of an ELF vmlinux or
// vmlinux.unstripped, or of a raw BTF file (/sys/kernel/btf/vmlinux or a copy of it). Does not
// parse the BTF. Stateless, any thread; FileHashes caches the results.
#pragma once

#include "daemon/model/stamped_hash.hpp"
#include "util/error.hpp"

#include <string>

namespace kbtf {

// Reads the base's BTF. Errors: not_found if the file or its .BTF is missing; malformed if it does
// not begin with BTF's magic (a base hashed as empty would always look the same); file_moved if it
// changed meanwhile.
[[nodiscard]] Expected<StampedBytes> read_base_btf(const std::string& path);

// read_base_btf() and the XXH3-128 of its bytes, in the form that FileHashes::part() takes.
[[nodiscard]] Expected<StampedHash> hash_base_btf(const std::string& path);

} // namespace kbtf
