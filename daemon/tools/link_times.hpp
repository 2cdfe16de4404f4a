// SPDX-License-Identifier: GPL-2.0-only
// When the symbolic links on the way to a file were made. Pointing a link at another file changes
// nothing about that file: only the link's own time shows it. Blocking; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace kbtf {

// The newest time (mtime or ctime, in ns since the epoch) of every symbolic link in `path`
// (absolute), including its directories and the targets of links. 0 if it has no link.
[[nodiscard]] std::int64_t newest_link_ns(const std::string& path);

} // namespace kbtf
