// SPDX-License-Identifier: GPL-2.0-only
// Runs something on a thread with a large stack and waits for it. libbpf's deduplication recurses
// along references, as deep as a BTF has types (btf_dedup_is_equiv, btf_dedup_ref_type); the
// stack of a usual thread ends at about 50,000 levels.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <functional>

namespace kbtf {

// 512 bytes of stack for each of BTF's 2^20 types; memory is used only as far as the stack is.
constexpr std::size_t k_big_stack = std::size_t{512} << 20;

// `work` must not throw. Errors: io when there is no thread to be had.
[[nodiscard]] Status run_on_big_stack(const std::function<void()>& work);

} // namespace kbtf
