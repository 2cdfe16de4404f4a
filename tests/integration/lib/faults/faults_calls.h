// SPDX-License-Identifier: GPL-2.0-only
// The calls of faults.c, and their 64-bit names. An open counts if it may create or empty a file; a
// mode is passed on whether there is one or not, the kernel ignores it.

#define OPEN(name)                                                                                 \
  int name(const char* path, int flags, ...) {                                                     \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    mode_t mode = va_arg(rest, mode_t);                                                            \
    va_end(rest);                                                                                  \
    NEXT(name);                                                                                    \
    enum action what = flags & (O_CREAT | O_TRUNC) ? at_name("open", AT_FDCWD, path) : pass;       \
    GUARD(what, 1);                                                                                \
    AROUND(what, int, next(path, flags, mode));                                                    \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
  int name(int dir, const char* path, int flags, ...) {                                            \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    mode_t mode = va_arg(rest, mode_t);                                                            \
    va_end(rest);                                                                                  \
    NEXT(name);                                                                                    \
    enum action what = flags & (O_CREAT | O_TRUNC) ? at_name("open", dir, path) : pass;            \
    GUARD(what, 1);                                                                                \
    AROUND(what, int, next(dir, path, flags, mode));                                               \
  }
OPENAT(openat)
OPENAT(openat64)

// The first half is written before the process dies, or the disk is full.
#define WRITE(name, parameters, half, whole)                                                       \
  ssize_t name parameters {                                                                        \
    NEXT(name);                                                                                    \
    enum action what = at_fd("write", fd);                                                         \
    if (what == half_full && size > 1)                                                             \
      return next half;                                                                            \
    GUARD(what, 1);                                                                                \
    if (what == kill_half)                                                                         \
      AROUND(what, ssize_t, next half);                                                            \
    AROUND(what, ssize_t, next whole);                                                             \
  }
WRITE(write, (int fd, const void* data, size_t size), (fd, data, size / 2), (fd, data, size))
WRITE(pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size / 2, at),
      (fd, data, size, at))
WRITE(pwrite64, (int fd, const void* data, size_t size, off64_t at), (fd, data, size / 2, at),
      (fd, data, size, at))

// Of several pieces half is the first half of them; of one, nothing.
#define PIECES(name, parameters, half, whole)                                                      \
  ssize_t name parameters {                                                                        \
    NEXT(name);                                                                                    \
    enum action what = at_fd("write", fd);                                                         \
    if (what == half_full && size > 1)                                                             \
      return next half;                                                                            \
    GUARD(what, 1);                                                                                \
    if (what == kill_half)                                                                         \
      AROUND(what, ssize_t, next half);                                                            \
    AROUND(what, ssize_t, next whole);                                                             \
  }
PIECES(writev, (int fd, const struct iovec* data, int size), (fd, data, size / 2), (fd, data, size))
PIECES(pwritev, (int fd, const struct iovec* data, int size, off_t at), (fd, data, size / 2, at),
       (fd, data, size, at))
PIECES(pwritev64, (int fd, const struct iovec* data, int size, off64_t at),
       (fd, data, size / 2, at), (fd, data, size, at))

#define BY_FD(type, name, parameters, arguments, room)                                             \
  type name parameters {                                                                           \
    NEXT(name);                                                                                    \
    enum action what = at_fd(#name, fd);                                                           \
    GUARD(what, room);                                                                             \
    AROUND(what, type, next arguments);                                                            \
  }
BY_FD(int, ftruncate, (int fd, off_t size), (fd, size), 0)
BY_FD(int, ftruncate64, (int fd, off64_t size), (fd, size), 0)
BY_FD(int, fchmod, (int fd, mode_t mode), (fd, mode), 0)
BY_FD(int, futimens, (int fd, const struct timespec times[2]), (fd, times), 0)
BY_FD(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group), 0)
BY_FD(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), 1)
BY_FD(int, fsync, (int fd), (fd), 1)
BY_FD(int, fdatasync, (int fd), (fd), 1)
BY_FD(ssize_t, copy_file_range,
      (int from, off64_t* at, int fd, off64_t* to, size_t size, unsigned flags),
      (from, at, fd, to, size, flags), 1)

#define BY_NAME(name, parameters, arguments, dir, path, room)                                      \
  int name parameters {                                                                            \
    NEXT(name);                                                                                    \
    enum action what = at_name(#name, dir, path);                                                  \
    GUARD(what, room);                                                                             \
    AROUND(what, int, next arguments);                                                             \
  }
BY_NAME(rename, (const char* from, const char* to), (from, to), AT_FDCWD, to, 1)
BY_NAME(renameat, (int from_dir, const char* from, int dir, const char* to),
        (from_dir, from, dir, to), dir, to, 1)
BY_NAME(renameat2, (int from_dir, const char* from, int dir, const char* to, unsigned flags),
        (from_dir, from, dir, to, flags), dir, to, 1)
BY_NAME(link, (const char* from, const char* to), (from, to), AT_FDCWD, to, 1)
BY_NAME(linkat, (int from_dir, const char* from, int dir, const char* to, int flags),
        (from_dir, from, dir, to, flags), dir, to, 1)
BY_NAME(unlink, (const char* path), (path), AT_FDCWD, path, 0)
BY_NAME(unlinkat, (int dir, const char* path, int flags), (dir, path, flags), dir, path, 0)
BY_NAME(truncate, (const char* path, off_t size), (path, size), AT_FDCWD, path, 0)
BY_NAME(truncate64, (const char* path, off64_t size), (path, size), AT_FDCWD, path, 0)
BY_NAME(chmod, (const char* path, mode_t mode), (path, mode), AT_FDCWD, path, 0)
BY_NAME(fchmodat, (int dir, const char* path, mode_t mode, int flags), (dir, path, mode, flags),
        dir, path, 0)

// Without a name the descriptor is the file's own.
int utimensat(int dir, const char* path, const struct timespec times[2], int flags) {
  NEXT(utimensat);
  enum action what = path ? at_name("utimensat", dir, path) : at_fd("utimensat", dir);
  GUARD(what, 0);
  AROUND(what, int, next(dir, path, times, flags));
}

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  NEXT(ioctl);
  enum action what = request == FICLONE || request == FICLONERANGE ? at_fd("ioctl", fd) : pass;
  GUARD(what, 1);
  AROUND(what, int, next(fd, request, argument));
}

// As on a file system without events, or after the user's last watch.
int inotify_add_watch(int fd, const char* path, uint32_t mask) {
  NEXT(inotify_add_watch);
  if (has_no_events) {
    errno = ENOSPC;
    return -1;
  }
  return next(fd, path, mask);
}
