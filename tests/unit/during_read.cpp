// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/during_read.hpp"

#include <cstddef>
#include <sys/types.h>
#include <utility>

namespace kbtf::test {
namespace {

std::function<void()> g_change;

} // namespace

void after_next_read(std::function<void()> change) {
  g_change = std::move(change);
}

bool was_read() {
  return !std::exchange(g_change, nullptr);
}

} // namespace kbtf::test

// The linker's --wrap=read sends calls of read() here, and calls of __real_read() to the C
// library (ld(1), "--wrap"); the names are its own.
extern "C" {
ssize_t __real_read(int fd, void* buffer, std::size_t size);
ssize_t __wrap_read(int fd, void* buffer, std::size_t size);

ssize_t __wrap_read(int fd, void* buffer, std::size_t size) {
  const ssize_t n = __real_read(fd, buffer, size);
  if (const auto change = std::exchange(kbtf::test::g_change, nullptr))
    change();
  return n;
}
}
