// SPDX-License-Identifier: GPL-2.0-only
// Which files a process's paths mean: its mount namespace and its root directory. Client and daemon
// tell each other paths, so both must have the same; a container, a chroot or "unshare -m" that
// shares the daemon's socket has another (mount_namespaces(7)).
#pragma once

#include <string>

namespace kbtf {

// This process's, as one word for a comparison: "mnt:[4026531841],254:1:2". Without /proc only the
// root directory counts.
[[nodiscard]] std::string file_view();

} // namespace kbtf
