// SPDX-License-Identifier: GPL-2.0-only
// The time stamp of a .ko whose content must not be trusted. make decides by time, so it links a
// module that is older than its objects, with or without kbtf, and whatever became of kbtf's
// records. So before a .ko is changed in place, or while it holds its pristine bytes, it gets a
// modification time older than any input; once its new content is complete it gets the current
// time. A kill or a full disk in between then costs one link. Client and daemon both do this, each
// for what it writes. Blocking; any thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <cstdint>
#include <ctime>
#include <string>

namespace kbtf {

// 1970. Not 0, which some programs treat as "no time".
inline constexpr std::time_t k_old_time = 1;

// Sets the modification time to k_old_time, or to the nearest time that the file system has (FAT
// begins in 1980). `name` is for the error's text. Errors: io, not_found.
[[nodiscard]] Status set_old_time(const Fd& file, const std::string& name);
// The same for a regular file by path. Errors: also unsupported, for anything else: a symbolic link
// and its target stay as they are.
[[nodiscard]] Status set_old_time(const std::string& path);

// Sets the modification time to now plus one nanosecond, by the file system's clock (that of the
// server on a network file system). File times move in ticks, so with nanoseconds no later change
// gives the same time, not even one in the same tick. Never later than that: the next object to be
// compiled must be newer. Returns the requested time, in nanoseconds since the epoch. Errors: io.
[[nodiscard]] Expected<std::int64_t> set_present_time(const Fd& file, const std::string& name);

// Whether a regular file has the old time; false if it does not exist.
[[nodiscard]] bool has_old_time(const std::string& path);

} // namespace kbtf
