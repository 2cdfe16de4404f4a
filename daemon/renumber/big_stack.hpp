// SPDX-License-Identifier: GPL-2.0-only
// Runs a function on a thread with a large stack and waits for it. libbpf's deduplication recurses
// along references, as deep as the BTF has types (btf_dedup_is_equiv, btf_dedup_ref_type); a usual
// thread's stack overflows at about 50,000 levels.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <functional>

namespace kbtf {

// 512 bytes of stack for each of BTF's 2^20 types; only the stack in use takes memory.
constexpr std::size_t k_big_stack = std::size_t{512} << 20;

// `work` must not throw. Errors: io if no thread can be created.
[[nodiscard]] Status run_on_big_stack(const std::function<void()>& work);

} // namespace kbtf
