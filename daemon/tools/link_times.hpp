// SPDX-License-Identifier: GPL-2.0-only
// When the symbolic links on the way to a file were made. A link that is pointed at another file
// changes nothing of that file: only its own time tells. Blocking; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace kbtf {

// The newest time, modification or inode change in ns since the epoch, of every symbolic link in
// `path` (absolute), in its directories too and in the targets of links. 0 if there is none.
[[nodiscard]] std::int64_t newest_link_ns(const std::string& path);

} // namespace kbtf
