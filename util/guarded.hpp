// SPDX-License-Identifier: GPL-2.0-only
// Turns the standard library's exceptions into errors as values, on threads where nobody catches
// them: above all, failed allocations. A hostile file may ask for terabytes, and that must not end
// a daemon that builds depend on.
#pragma once

#include "util/error.hpp"

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace kbtf {

template <typename T> struct AsExpected { using Type = Expected<T>; };
template <typename T> struct AsExpected<Expected<T>> { using Type = Expected<T>; };

// What `work` returns, or its exception as an error of kind io.
template <typename Work>
[[nodiscard]] typename AsExpected<std::invoke_result_t<Work&>>::Type guarded(Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return unexpected(ErrorKind::io, "not enough memory");
  } catch (const std::exception& e) {
    return unexpected(ErrorKind::io, e.what());
  }
}

} // namespace kbtf
