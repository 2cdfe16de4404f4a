// SPDX-License-Identifier: GPL-2.0-only
// Finds out whose an SQLite file is before SQLite opens it. Opening may change a file (recovery,
// journal mode), and kbtf replaces a database of its own that it cannot use; neither must happen to
// another program's. Reads the file's header (sqlite.org/fileformat2.html, section 1.3) and looks
// for the text of kbtf's tables; changes nothing. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace kbtf {

// PRAGMA application_id of kbtf's databases: "kbtf". Those of version 3 and earlier had none.
inline constexpr std::uint32_t k_application_id = 0x6b627466;

enum class DatabaseOwner {
  none,    // no such file, or it is empty
  kbtf,    // intact or damaged
  other,   // another program's SQLite file, not a regular file, or not readable
  unknown, // not an SQLite file: kbtf's, overwritten, or somebody else's
};

[[nodiscard]] DatabaseOwner owner_of_database(const std::string& path);

} // namespace kbtf
