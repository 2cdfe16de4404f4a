// SPDX-License-Identifier: GPL-2.0-only
// Identifies which files a process's paths refer to: its mount namespace and its root directory.
// Client and daemon exchange paths, so these must be the same in both. A container, a chroot or
// "unshare -m" that shares the daemon's socket has different ones (mount_namespaces(7)).
#pragma once

#include <string>

namespace kbtf {

// This process's, as one word to compare: "mnt:[4026531841],254:1:2". Without /proc, only the root
// directory counts.
[[nodiscard]] std::string file_view();

} // namespace kbtf
