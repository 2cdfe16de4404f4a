// SPDX-License-Identifier: GPL-2.0-only
// The time stamp of a .ko whose content is not to be believed. make decides by time, and so it
// links a module that is older than its objects: with kbtf or without, and whatever became of
// kbtf's records. So before a .ko is changed in place, or while it holds its pristine bytes, it
// gets a modification time that is older than any input; when its new content is complete it gets
// the present one. A kill or a full disk in between then costs one link. Both programs do that,
// each for what it writes. Blocking; any thread.
#pragma once

#include "util/error.hpp"
#include "util/fd.hpp"

#include <cstdint>
#include <ctime>
#include <string>

namespace kbtf {

// 1970. Not 0, which some programs take for "no time".
inline constexpr std::time_t k_old_time = 1;

// Sets the modification time to k_old_time, or to what the file system has that is next to it (FAT
// begins in 1980). `name` is for the error's text. Errors: io, not_found.
[[nodiscard]] Status set_old_time(const Fd& file, const std::string& name);
// The same for a path; a symbolic link is left alone, as is its target.
[[nodiscard]] Status set_old_time(const std::string& path);

// Sets the modification time to now by the file system's own clock, which a file server has, plus a
// nanosecond: file times move in ticks, so where nanoseconds are kept no later change leaves the
// same time, not even one within the same tick. Never later than that: an object that is compiled
// next has to be newer. Returns the time that was asked for, in nanoseconds since the epoch.
// Errors: io.
[[nodiscard]] Expected<std::int64_t> set_present_time(const Fd& file, const std::string& name);

// Whether a regular file has the old time; false if there is none.
[[nodiscard]] bool has_old_time(const std::string& path);

} // namespace kbtf
