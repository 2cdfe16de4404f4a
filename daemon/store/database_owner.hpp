// SPDX-License-Identifier: GPL-2.0-only
// Whose an SQLite file is, found out before SQLite opens it: opening may change a file (recovery,
// journal mode), and kbtf replaces a database of its own that it cannot use, which must not happen
// to another program's. Reads the file's header (sqlite.org/fileformat2.html, section 1.3) and
// looks for the text of kbtf's tables; changes nothing. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace kbtf {

// PRAGMA application_id of kbtf's databases: "kbtf". Those of version 3 and earlier had none.
inline constexpr std::uint32_t k_application_id = 0x6b627466;

enum class DatabaseOwner {
  none,    // there is no such file, or it is empty
  kbtf,    // whole or damaged
  other,   // another program's SQLite file, or no regular file
  unknown, // no SQLite file: one of kbtf's, overwritten, or somebody's
};

[[nodiscard]] DatabaseOwner owner_of_database(const std::string& path);

} // namespace kbtf
