// SPDX-License-Identifier: GPL-2.0-only
// Test helper: does something to a file after the first read(2) of it, so that "changed while it
// was read" needs no second thread and no luck. Works in programs linked with --wrap=read.
#pragma once

#include <functional>

namespace kbtf::test {

// Calls `change` once, right after this process's next read(2). Returns nothing to undo: a change
// that was not called is dropped by was_read().
void after_next_read(std::function<void()> change);

// True if the change has been made; forgets it if not.
[[nodiscard]] bool was_read();

} // namespace kbtf::test
