#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what packages.txt names, builds kbtf and runs the checks. Ends with one line "N passed,
# N failed" and fails if any did. A check that cannot run here is skipped, and a line says why.
#
# usage: check.sh [--quick | --lint | --tidy | --sanitize]
#
#              lints, unit tests (ctest), integration tests, and the scenarios with a real kernel
# --quick      the same without the real kernel
# --lint       the lints alone, each program in tests/lint: format, spelling, shell scripts, licence
#              lines, include directions, clang-tidy over the headers; half a minute
# --tidy       clang-tidy over every source of both programs; estimated 12 minutes on 2 CPUs
# --sanitize   unit and integration tests under AddressSanitizer and UBSan, then the unit tests
#              under ThreadSanitizer; builds both first; estimated 40 minutes
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$top"
. tests/lib/common.sh
what=${1---all}
case $what in
  --all | --quick | --lint | --tidy | --sanitize) ;;
  -h | --help)
    sed -n '3,/^set/{s/^# \{0,1\}//;/^set/!p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) die "usage: check.sh [--quick | --lint | --tidy | --sanitize]" ;;
esac

logs=$top/build/check-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0
limit=600 # seconds for one program of run_programs

# add PASSED FAILED SKIPPED
add() {
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

finish() {
  local text="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || text="$text, $skipped skipped"
  say "$text"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
  exit
}

configure() { # PRESET
  [ -e "build/$1/build.ninja" ] \
    || follow "configuring kbtf ($1)" "$logs/configure-$1.log" cmake --preset "$1"
}

build() { # PRESET
  configure "$1" && follow "building kbtf ($1)" "$logs/build-$1.log" cmake --build --preset "$1"
}

# number NAME FILE: the first NAME="..." of a JUnit report, or 0
number() {
  local found
  found=$(grep -o "\b$1=\"[0-9]*\"" "$2" 2> /dev/null | head -n 1 | tr -dc 0-9)
  echo "${found:-0}"
}

unit_tests() { # PRESET
  local report=$logs/ctest-$1.xml log=$logs/ctest-$1.log rc=0 all bad left
  say "== unit tests ($1)"
  ctest --preset "$1" -j"$(nproc)" --output-junit "$report" > "$log" 2>&1 || rc=$?
  all=$(number tests "$report") bad=$(number failures "$report") left=$(number skipped "$report")
  left=$((left + $(number disabled "$report")))
  # A run that ends badly without a failed test, or runs none, is a failure too.
  [ "$bad" != 0 ] || { [ "$rc" = 0 ] && [ "$all" != 0 ]; } || { bad=1 all=$((all + 1)); }
  add "$((all - bad - left))" "$bad" "$left"
  [ "$bad" = 0 ] || { tail -n 40 "$log"; say "    log: $log"; }
}

# run_program PROGRAM: its output in NAME.log, its exit status in NAME.status.
run_program() {
  local name=${1##*/} rc=0
  timeout -k 10 "$limit" "$1" > "$logs/$name.log" 2>&1 < /dev/null || rc=$?
  echo "$rc" > "$logs/$name.status"
}

# run_programs TITLE FOLDER: every program in the folder is one check: exit status 0 is passed, 77
# skipped (the last line says why). As many at once as there are CPUs: none shares anything with
# another.
run_programs() {
  local programs program name rc
  say "== $1"
  mapfile -t programs < <(find "$2" -maxdepth 1 -type f -executable | sort)
  for program in "${programs[@]}"; do
    status "${program##*/}"
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    run_program "$program" &
  done
  wait
  for program in "${programs[@]}"; do
    name=${program##*/}
    rc=$(cat "$logs/$name.status" 2> /dev/null || echo none)
    case $rc in
      0) add 1 0 0 ;;
      77)
        add 0 0 1
        say "skipped: $name: $(tail -n 1 "$logs/$name.log")"
        ;;
      *)
        add 0 1 0
        clear_status
        tail -n 15 "$logs/$name.log"
        say "failed: $name (status $rc), log: $logs/$name.log"
        ;;
    esac
  done
}

# The scenarios say themselves how many passed, in their last line.
kernel_tests() {
  local log=$logs/scenarios.log rc=0 words
  say "== real kernel"
  tests/kernel/tree.sh build || { add 0 1 0; return; }
  tests/kernel/scenarios --logs "$logs/scenarios" 2>&1 | tee "$log" || rc=$?
  read -r -a words < <(tail -n 1 "$log" | tr -d ,)
  if [ "${words[1]-}" = passed ] && [ "${words[3]-}" = failed ]; then
    add "${words[0]}" "${words[2]}" "${words[4]-0}"
    [ "$rc" = 0 ] || [ "${words[2]}" != 0 ] || add 0 1 0
  else
    add 0 1 0
  fi
}

# What a sanitizer finds lands in files: nobody sees the exit status of a daemon. Any file is one more
# failed check.
sanitize() { # PRESET
  local reports log=$logs/report-$1
  # gcc's UBSan writes to standard error whatever it is told; what it aborts is ASan's to report.
  export ASAN_OPTIONS=log_path=$log:handle_abort=1 TSAN_OPTIONS=log_path=$log
  export UBSAN_OPTIONS=log_path=$log:print_stacktrace=1:abort_on_error=1
  export KBTF_TEST_BUILD_DIR=$top/build/$1
  build "$1" || { add 0 1 0; return; }
  unit_tests "$1"
  [ "$1" = tsan ] || run_programs "integration tests ($1)" tests/integration
  mapfile -t reports < <(compgen -G "$log.*")
  if [ ${#reports[@]} = 0 ]; then
    add 1 0 0
  else
    add 0 1 0
    head -n 25 "${reports[0]}"
    say "failed: ${#reports[@]} reports of the sanitizers: $log.*"
  fi
}

everything() {
  build release || { add 0 1 0; return; }
  run_programs lints tests/lint
  unit_tests release
  run_programs "integration tests" tests/integration
  [ "$what" = --quick ] || kernel_tests
}

# A lint whose tool is missing is skipped; the rest needs every package.
tests/lib/install-packages.sh || [ "$what" = --lint ]
case $what in
  --lint) run_programs lints tests/lint ;;
  --tidy)
    limit=7200
    run_programs clang-tidy tests/lint/slow
    ;;
  --sanitize)
    limit=1800
    sanitize asan
    sanitize tsan
    ;;
  *) everything ;;
esac
finish
