// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/database_owner.hpp"

#include "util/fd.hpp"
#include "util/own_user.hpp"

#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace kbtf {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view k_magic = "SQLite format 3\0"sv;
constexpr std::size_t k_id_at = 68; // big-endian, 4 bytes
// In every version of the tables, in the first page of the file or of the log.
constexpr std::string_view k_table = "CREATE TABLE patch(ko TEXT PRIMARY KEY";
constexpr std::size_t k_beginning = 1 << 16;

// Up to k_beginning bytes; "" if the file cannot be read.
std::string beginning_of(const std::string& path) {
  const auto fd = open_fd(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const auto text = fd ? kbtf::beginning_of(*fd, k_beginning, path) : fd.forward_error();
  return text ? *text : std::string();
}

bool has_our_id(const std::string& header) {
  if (header.size() < k_id_at + sizeof k_application_id)
    return false;
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i)
    id = id << 8 | static_cast<unsigned char>(header[k_id_at + i]);
  return id == k_application_id;
}

} // namespace

DatabaseOwner owner_of_database(const std::string& path) {
  const auto there = owner_of(path);
  if (!there)
    return there.error().kind == ErrorKind::not_found ? DatabaseOwner::none : DatabaseOwner::other;
  if (!S_ISREG(there->mode))
    return DatabaseOwner::other;
  const std::string head = beginning_of(path);
  if (head.empty()) {
    struct stat st {};
    return ::lstat(path.c_str(), &st) == 0 && st.st_size == 0 ? DatabaseOwner::none
                                                              : DatabaseOwner::other;
  }
  if (!head.starts_with(k_magic))
    return DatabaseOwner::unknown;
  if (has_our_id(head))
    return DatabaseOwner::kbtf;
  const bool has_tables = head.find(k_table) != std::string::npos ||
                          beginning_of(path + "-wal").find(k_table) != std::string::npos;
  return has_tables ? DatabaseOwner::kbtf : DatabaseOwner::other;
}

} // namespace kbtf
