# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shell functions that demo.sh, check.sh and tests/kernel/tree.sh share. Source it; it runs nothing.

# die MESSAGE...: one line on standard error, then exit 1.
die() {
  clear_status
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# say MESSAGE...: one line that stays.
say() {
  clear_status
  printf '%s\n' "$*"
}

# status MESSAGE...: what is going on now. On a terminal one line that is written over; elsewhere
# a plain line, at most one every 15 seconds.
status() {
  if [ -t 1 ]; then
    status_columns=${status_columns-$(tput cols 2> /dev/null || echo 80)}
    printf '\r\033[K%.*s' "$((status_columns - 1))" "$*"
    status_shown=1
  elif [ -z "${status_at-}" ] || [ $((SECONDS - status_at)) -ge 15 ]; then
    status_at=$SECONDS
    printf '%s\n' "$*"
  fi
}

clear_status() {
  if [ -n "${status_shown-}" ]; then
    printf '\r\033[K'
    status_shown=
  fi
}

# follow LABEL LOG COMMAND...: runs the command with its output in LOG and a status line that
# counts what it does. On failure shows the end of the log; returns the command's exit status.
# The command gets no descriptor 9, which holds locks.
follow() {
  local label=$1 log=$2 began=$SECONDS steps=0 line rc=0
  shift 2
  status "$label"
  while IFS= read -r line; do
    case $line in
      exit-status:*)
        rc=${line#exit-status:}
        break
        ;;
      '  '[A-Z]* | \[*/*\]*)
        steps=$((steps + 1))
        status "$label: $((SECONDS - began)) s, $steps steps, ${line#  }"
        ;;
    esac
    printf '%s\n' "$line" >&8
  done 8> "$log" < <("$@" 2>&1 < /dev/null 9>&-; echo "exit-status:$?")
  clear_status
  if [ "$rc" != 0 ]; then
    tail -n 25 "$log" >&2
    printf '%s failed with status %s; the whole log is %s\n' "$label" "$rc" "$log" >&2
  fi
  return "$rc"
}

# require_private_build_environment: drops what the caller's environment would change in a
# kernel build, and fixes what a kernel image says about its build. -fno-var-tracking saves a
# tenth of the compile time; BTF takes nothing from what it leaves out, but pahole since 1.25 looks
# there for a function's parameters, and leaves out those that it cannot follow. Every build of one
# objtree needs the same values (harness/kernel.py has them too).
require_private_build_environment() {
  unset MAKEFILES MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS LOCALVERSION ARCH \
    CROSS_COMPILE LLVM CC HOSTCC LD PAHOLE PAHOLE_FLAGS KCFLAGS KCPPFLAGS KAFLAGS KBUILD_OUTPUT \
    KBUILD_EXTMOD KBUILD_VERBOSE V M O LDFLAGS_MODULE KBUILD_BUILD_VERSION KBTF_DISABLE
  export LC_ALL=C KBUILD_BUILD_USER=kbtf KBUILD_BUILD_HOST=test
  case $(pahole --version 2> /dev/null) in v1.1* | v1.2[0-4]*) export KCFLAGS=-fno-var-tracking ;; esac
  export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
}
