// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/state_dir.hpp"

#include "daemon/store/database_owner.hpp"
#include "util/lock_file.hpp"
#include "util/own_user.hpp"
#include "util/private_dir.hpp"
#include "util/words.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_lock = "state.lock";

constexpr std::string_view k_mark_more =
    "\nkbtf deletes files that it does not need any more in here. Without this file it touches\n"
    "nothing, and keeps its state in memory.\n";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_number_between(std::string_view name, std::string_view before, std::string_view behind) {
  return name.starts_with(before) && name.ends_with(behind) &&
         name.size() > before.size() + behind.size() &&
         is_number(name.substr(before.size(), name.size() - before.size() - behind.size()));
}

// Names in a runtime directory, which may be the same one, and what an interrupted claim leaves.
bool is_of_runtime(std::string_view name) {
  constexpr std::array<std::string_view, 4> k_names{"kbtfd.sock", "kbtfd.lock", "spawn.lock",
                                                    k_lock};
  return is_one_of(name, k_names) || is_number_between(name, "stage-", ".down");
}

bool is_of_state(std::string_view name) {
  constexpr std::array<std::string_view, 11> k_names{
      "state.db",   "state.db-wal", "state.db-shm", "state.db-journal", "pristine",  "bases",
      "distrusted", "checks",       "kbtfd.log",    "kbtfd.1.log",      k_state_mark};
  return is_one_of(name, k_names) || name.starts_with("state.db.damaged") ||
         is_number_between(name, "verify-", "");
}

bool has_mark(const std::string& dir) {
  const std::string path = dir + "/" + k_state_mark;
  const auto there = owner_of(path);
  if (!there || !S_ISREG(there->mode))
    return false;
  constexpr std::size_t k_more_than_enough = 4096;
  const auto text = read_file(path, k_more_than_enough);
  return text && text->starts_with(std::string(k_state_mark_line) + "\n");
}

// Synced before anything else is written: without its mark after a power cut, the directory is
// nobody's.
Status write_mark(const std::string& dir) {
  const std::string path = dir + "/" + k_state_mark;
  auto fd = open_fd(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!fd)
    return fd.forward_error();
  const std::string text = std::string(k_state_mark_line).append(k_mark_more);
  Status written = write_all(*fd, std::as_bytes(std::span(text)), path);
  if (written && ::fsync(fd->get()) != 0)
    written = unexpected(errno_error(path));
  if (!written)
    ::unlink(path.c_str());
  return written;
}

} // namespace

Status check_state_dir(const std::string& dir) {
  if (has_mark(dir))
    return Ok{};
  bool has_state = false;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!is_of_runtime(name) && !is_of_state(name))
      return unexpected(ErrorKind::refused, dir + ": not kbtf's, " + name + " is in it");
    has_state = has_state || is_of_state(name);
  }
  if (error)
    return unexpected(errno_error(dir, error.value()));
  if (has_state && owner_of_database(dir + "/state.db") != DatabaseOwner::kbtf)
    return unexpected(ErrorKind::refused, dir + ": not kbtf's, it has no " + k_state_mark +
                                              " and no state.db of kbtf's");
  return Ok{};
}

namespace {

// Errors: refused only if another daemon has it; io otherwise.
Expected<Fd> claim(const std::string& dir, const std::string& runtime) {
  const auto unusable = [](const Error& error) { return unexpected(ErrorKind::io, error.text); };
  if (auto made = make_private_dir(dir); !made)
    return unusable(made.error());
  if (auto ours = check_state_dir(dir); !ours)
    return unusable({ErrorKind::io, ours.error().text + "; empty it, or set KBTF_STATE_DIR"});
  auto lock = take_lock(dir + "/" + k_lock, "with runtime directory " + runtime);
  if (!lock)
    return lock.error().kind == ErrorKind::refused ? lock.forward_error() : unusable(lock.error());
  if (!has_mark(dir))
    if (auto marked = write_mark(dir); !marked)
      return unusable(marked.error());
  if (const auto now = owner_of(dir); now && (now->mode & 077) != 0)
    ::chmod(dir.c_str(), 0700); // it is ours now
  return lock;
}

} // namespace

Expected<StateDir> claim_state_dir(const std::string& dir, const std::string& runtime) {
  auto lock = claim(dir, runtime);
  if (lock)
    return StateDir{dir, {}, *std::move(lock)};
  if (lock.error().kind == ErrorKind::refused)
    return unexpected(ErrorKind::refused, "state directory " + lock.error().text +
                                              "; stop that one, or set "
                                              "KBTF_STATE_DIR");
  return StateDir{{}, lock.error().text, {}};
}

Status make_state_subdir(const std::string& dir) {
  const std::string above = dir.substr(0, dir.rfind('/'));
  const auto there = owner_of(above);
  if (!there && there.error().kind == ErrorKind::not_found) {
    if (auto made = make_private_dir(above); !made)
      return made;
    if (auto marked = write_mark(above); !marked)
      return marked;
  }
  return make_private_dir(dir);
}

} // namespace kbtf
