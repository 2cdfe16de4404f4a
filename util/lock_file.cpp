// SPDX-License-Identifier: GPL-2.0-only
#include "util/lock_file.hpp"

#include "util/own_user.hpp"

#include <cerrno>
#include <charconv>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

// lock_holder() takes the lock itself for a moment: that is no daemon.
constexpr int k_tries = 5;
constexpr timespec k_pause{0, 10'000'000};

constexpr std::size_t k_max_text = 4096;

Status lock(const Fd& fd, int how, const std::string& path) {
  int failed = 0;
  do {
    failed = ::flock(fd.get(), how | LOCK_NB);
  } while (failed != 0 && errno == EINTR);
  if (failed == 0)
    return Ok{};
  if (errno == EWOULDBLOCK)
    return unexpected(ErrorKind::refused, path + ": another kbtfd holds it");
  return unexpected(errno_error(path));
}

// "" if it cannot be read.
std::string text_of(const Fd& fd) {
  const auto text = beginning_of(fd, k_max_text, "");
  return text ? *text : std::string();
}

// nullopt: not a text that take_lock() writes.
std::optional<LockHolder> parse(const std::string& text) {
  LockHolder holder;
  if (text.empty())
    return holder;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, holder.pid);
  if (error != std::errc() || holder.pid <= 0 || (at != end && *at != ' ' && *at != '\n'))
    return std::nullopt;
  const std::string rest(at, end);
  if (rest.starts_with(' '))
    holder.note = rest.substr(1, rest.find('\n') - 1);
  return holder;
}

std::string described(const LockHolder& holder) {
  if (holder.pid == 0)
    return {};
  return " (pid " + std::to_string(holder.pid) + (holder.note.empty() ? "" : " " + holder.note) +
         ")";
}

} // namespace

Expected<Fd> take_lock(const std::string& path, const std::string& note) {
  auto fd = open_fd(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (!fd)
    return fd;
  struct stat st {};
  const auto there = parse(text_of(*fd));
  if (::fstat(fd->get(), &st) != 0 || !S_ISREG(st.st_mode) || !there)
    return unexpected(ErrorKind::unsupported, path + ": in the way, and no lock of kbtf's");
  auto locked = lock(*fd, LOCK_EX, path);
  for (int i = 1; !locked && locked.error().kind == ErrorKind::refused && i < k_tries; ++i) {
    ::nanosleep(&k_pause, nullptr);
    locked = lock(*fd, LOCK_EX, path);
  }
  if (!locked && locked.error().kind == ErrorKind::refused)
    return unexpected(ErrorKind::refused,
                      locked.error().text + described(parse(text_of(*fd)).value_or(LockHolder{})));
  if (!locked)
    return locked.forward_error();
  // If the disk is full the file stays empty: the lock is held all the same.
  const std::string text = std::to_string(::getpid()) + (note.empty() ? "" : " " + note) + "\n";
  if (::ftruncate(fd->get(), 0) == 0)
    static_cast<void>(write_all(*fd, std::as_bytes(std::span(text)), path));
  return fd;
}

Expected<std::optional<LockHolder>> lock_holder(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd && fd.error().kind == ErrorKind::not_found)
    return std::optional<LockHolder>();
  if (!fd)
    return fd.forward_error();
  const auto owner = owner_of(path);
  if (!owner || owner->uid != own_uid())
    return unexpected(ErrorKind::refused, path + ": belongs to another user");
  const auto locked = lock(*fd, LOCK_SH, path);
  if (locked)
    return std::optional<LockHolder>();
  if (locked.error().kind != ErrorKind::refused)
    return locked.forward_error();
  return std::optional(parse(text_of(*fd)).value_or(LockHolder{}));
}

} // namespace kbtf
