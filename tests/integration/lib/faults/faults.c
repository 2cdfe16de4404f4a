// SPDX-License-Identifier: GPL-2.0-only
// Preloaded into kbtfd: counts the calls that change files below given directories, and at one of
// them does what the test wants: kills the process (and a process group), writes half, or fails.
// The control block is a file shared with the test, see __init__.py; without it, and in every other
// program (what kbtfd starts inherits LD_PRELOAD), all calls pass. Calls that kill in the middle
// are counted by themselves: writes, of which half is done, and renames, after which files are
// others. Any thread.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { pass, kill_before, kill_after, kill_half, half_full, full, fail };

struct control {
  _Atomic int64_t count; // calls so far
  _Atomic int64_t at;    // the one that counts, from 1; 0: none
  int64_t action;
  int64_t error;
  int64_t group; // killed first, 0: none
  _Atomic int64_t fired;
  int64_t unused[2];
  char log[960];    // the call at which it happened
  char where[1024]; // directories, one a line
};

static struct control* control;
static int has_no_events;

__attribute__((constructor)) static void start(void) {
  const char* path = getenv("KBTF_TEST_FAULTS");
  if (strcmp(program_invocation_short_name, "kbtfd") != 0)
    return;
  has_no_events = getenv("KBTF_TEST_NO_EVENTS") != NULL;
  if (!path)
    return;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0)
    return;
  void* found = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (found != MAP_FAILED)
    control = found;
}

static int is_below(const char* path) {
  const char* line = control->where;
  while (*line) {
    const char* end = strchrnul(line, '\n');
    size_t n = (size_t)(end - line);
    if (n && strncmp(path, line, n) == 0 && (path[n] == '/' || path[n] == 0))
      return 1;
    line = *end ? end + 1 : end;
  }
  return 0;
}

static const char* path_of(int fd, char* buffer, size_t size) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, size - 1);
  buffer[n < 0 ? 0 : n] = 0;
  return buffer;
}

static void die(void) {
  if (control->group)
    syscall(SYS_kill, -control->group, SIGKILL);
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;)
    pause();
}

// What to do at this call. Kills at once where that is wanted before it.
static enum action at_path(const char* call, const char* path) {
  if (!control || !control->at || !is_below(path))
    return pass;
  if (control->action == kill_half && strcmp(call, "write") != 0 && strncmp(call, "rename", 6) != 0)
    return pass; // dying after another call is dying before the next one
  int64_t n = atomic_fetch_add(&control->count, 1) + 1;
  int is_sticky = control->action == full || control->action == half_full;
  if (n != control->at && !(is_sticky && n > control->at))
    return pass;
  if (!atomic_exchange(&control->fired, 1))
    snprintf(control->log, sizeof control->log, "%s %s", call, path);
  if (control->action == kill_before)
    die();
  if (control->action == half_full && n > control->at)
    return full;
  return (enum action)control->action;
}

static enum action at_fd(const char* call, int fd) {
  char path[4096];
  int saved = errno;
  enum action found = control && control->at ? at_path(call, path_of(fd, path, sizeof path)) : pass;
  errno = saved;
  return found;
}

static enum action at_name(const char* call, int dir, const char* name) {
  char path[8192];
  if (!control || !control->at || !name)
    return pass;
  if (name[0] == '/' || dir == AT_FDCWD)
    return at_path(call, name);
  int saved = errno;
  path_of(dir, path, 4096);
  strcat(path, "/");
  strncat(path, name, 4000);
  errno = saved;
  return at_path(call, path);
}

static int refuse(enum action what) {
  errno = what == fail ? (int)control->error : ENOSPC;
  return -1;
}

// A full disk refuses what takes room.
#define GUARD(what, takes_room)                                                                    \
  do {                                                                                             \
    if ((what) == fail || ((takes_room) && ((what) == full || (what) == half_full)))               \
      return refuse(what);                                                                         \
  } while (0)

#define NEXT(name) __typeof__(name)* next = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

#define AROUND(what, type, call)                                                                   \
  do {                                                                                             \
    type around_result = call;                                                                     \
    if ((what) == kill_after || (what) == kill_half)                                               \
      die();                                                                                       \
    return around_result;                                                                          \
  } while (0)

#include "faults_calls.h"
